package apigateway

import (
	"fmt"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/docs"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/service/rows"
	"maru.dev/maru/wire"
)

// maxDocumentationParts is how many documentation parts an API has.
const maxDocumentationParts = 2000

// documentationParts are what is said of an API and its parts.
func documentationParts() rows.Table[api.DocumentationPart] {
	return record.Table[api.DocumentationPart]("docpart", "Invalid Documentation part identifier specified")
}

// documentationVersions are the versions of an API's documentation, by their names.
func documentationVersions() rows.Table[api.DocumentationVersion] {
	return record.Table[api.DocumentationVersion]("docversion", "Invalid Documentation version specified")
}

// sayings are the tables of what is said of an API.
func sayings() []part {
	return []part{documentationParts(), documentationVersions(), snapshot(documentationParts())}
}

// partAt finds the documentation part of a location.
func partAt(list []api.DocumentationPart, l *api.DocumentationPartLocation) *api.DocumentationPart {
	for i := range list {
		if docs.Text(list[i].Location) == docs.Text(l) {
			return &list[i]
		}
	}
	return nil
}

// putVersion writes a version of an API's documentation with a copy of what is
// said, and gives it to a stage, unless that is nil.
func putVersion(tx *kv.Tx, at service.Home, apiID string, v *api.DocumentationVersion, stage *string) error {
	if _, taken, err := documentationVersions().Get(tx, at, apiID, *v.Version); err != nil {
		return err
	} else if taken {
		return conflict("Documentation version already exists: %s", *v.Version)
	}
	if err := documentationVersions().Put(tx, *v, at, apiID, *v.Version); err != nil {
		return err
	}
	if err := copyRows(tx, documentationParts().Key(at, apiID), snapshot(documentationParts()).Key(at, apiID, *v.Version)); err != nil {
		return err
	}
	if stage == nil {
		return nil
	}
	st, err := stages().Need(tx, at, apiID, *stage)
	if err != nil {
		return err
	}
	st.Stage.DocumentationVersion = v.Version
	return stages().Put(tx, st, at, apiID, *stage)
}

// versionUser finds a stage that has a version of the documentation.
func versionUser(tx *kv.Tx, at service.Home, apiID, version string) (string, error) {
	list, err := stages().All(tx, at, apiID)
	if err != nil {
		return "", fmt.Errorf("who has documentation version %s: %w", version, err)
	}
	for _, st := range list {
		if wire.Value(st.Stage.DocumentationVersion) == version {
			return *st.Stage.StageName, nil
		}
	}
	return "", nil
}
