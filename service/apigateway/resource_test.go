package apigateway_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/google/go-cmp/cmp"
)

// paths are the paths of an API's resources, by id.
func (w *world) paths(id *string) map[string]string {
	w.t.Helper()
	by := map[string]string{}
	for _, r := range must(w.GetResources(w.t.Context(), &sdk.GetResourcesInput{RestApiId: id, Limit: aws.Int32(500)}))(w.t).Items {
		by[*r.Id] = *r.Path
	}
	return by
}

func TestAResourceMovesWithAllBelowIt(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, root := w.newAPI()
	pets := w.newResource(id, root, "pets")
	pet := w.newResource(id, pets, "{id}")
	toys := w.newResource(id, pet, "toys")
	shop := w.newResource(id, root, "shop")
	w.newMethod(id, pets, "GET")
	out := must(w.UpdateResource(t.Context(), &sdk.UpdateResourceInput{RestApiId: id, ResourceId: pets, PatchOperations: []types.PatchOperation{
		op("replace", "/parentId", *shop), op("replace", "/pathPart", "animals"),
	}}))(t)
	if *out.Path != "/shop/animals" || *out.ParentId != *shop || len(out.ResourceMethods) != 1 {
		t.Errorf("moved %+v", out)
	}
	want := map[string]string{*root: "/", *shop: "/shop", *pets: "/shop/animals", *pet: "/shop/animals/{id}", *toys: "/shop/animals/{id}/toys"}
	if diff := cmp.Diff(want, w.paths(id)); diff != "" {
		t.Error(diff)
	}
	must(w.DeleteResource(t.Context(), &sdk.DeleteResourceInput{RestApiId: id, ResourceId: pets}))(t)
	if diff := cmp.Diff(map[string]string{*root: "/", *shop: "/shop"}, w.paths(id)); diff != "" {
		t.Error(diff)
	}
	_, err := w.GetMethod(t.Context(), &sdk.GetMethodInput{RestApiId: id, ResourceId: pets, HttpMethod: aws.String("GET")})
	refused(t, err, "NotFoundException", "Invalid Resource identifier specified")
}

func TestResourcesRefuseWhatAWSDoes(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, root := w.newAPI()
	pets := w.newResource(id, root, "pets")
	below := w.newResource(id, pets, "pets")
	parent := w.newResource(id, root, "parent")
	greedy := w.newResource(id, root, "{proxy+}")
	create := func(parent *string, part string) func() error {
		return func() error {
			_, err := w.CreateResource(t.Context(), &sdk.CreateResourceInput{RestApiId: id, ParentId: parent, PathPart: &part})
			return err
		}
	}
	update := func(resource *string, o types.PatchOperation) func() error {
		return func() error {
			_, err := w.UpdateResource(t.Context(), &sdk.UpdateResourceInput{RestApiId: id, ResourceId: resource, PatchOperations: []types.PatchOperation{o}})
			return err
		}
	}
	for name, tt := range map[string]struct {
		do         func() error
		code, want string
	}{
		"no parent":       {create(aws.String("x"), "a"), "NotFoundException", "Invalid Resource identifier specified"},
		"a name twice":    {create(root, "pets"), "ConflictException", "Another resource with the same parent already has this name: pets"},
		"two variables":   {create(root, "{x}"), "BadRequestException", "A sibling ({proxy+}) of this resource already has a variable path part -- only one is allowed"},
		"below greed":     {create(greedy, "x"), "BadRequestException", "Cannot create a child of a resource with a greedy path variable: {proxy+}"},
		"a slash":         {create(root, "a/b"), "BadRequestException", "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end."},
		"no resource":     {update(aws.String("x"), op("replace", "/pathPart", "a")), "NotFoundException", "Invalid Resource identifier specified"},
		"no such path":    {update(pets, op("replace", "/invalid", "a")), "BadRequestException", "Invalid patch path  '/invalid' specified for op 'replace'. Must be one of: [/parentId, /pathPart]"},
		"no removal":      {update(pets, op("remove", "/pathPart", "")), "BadRequestException", "Invalid patch path  '/pathPart' specified for op 'remove'. Please choose supported operations"},
		"to nowhere":      {update(pets, op("replace", "/parentId", "x")), "NotFoundException", "Invalid Resource identifier specified"},
		"to a sibling":    {update(below, op("replace", "/parentId", *root)), "ConflictException", "Another resource with the same parent already has this name: pets"},
		"in a circle":     {update(pets, op("replace", "/parentId", *below)), "BadRequestException", "Resources cannot be cyclical."},
		"below itself":    {update(parent, op("replace", "/parentId", *parent)), "BadRequestException", "Resources cannot be cyclical."},
		"the root's part": {update(root, op("replace", "/pathPart", "a")), "BadRequestException", "Root resource cannot update its pathPart."},
		"the root's top":  {update(root, op("replace", "/parentId", *pets)), "BadRequestException", "Root resource cannot update its parentId."},
		"without a root": {func() error {
			_, err := w.DeleteResource(t.Context(), &sdk.DeleteResourceInput{RestApiId: id, ResourceId: root})
			return err
		}, "BadRequestException", "Root resource cannot be deleted."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, tt.do(), tt.code, tt.want)
		})
	}
}

func TestAnAPIHasResourcesUpToItsQuota(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, root := w.newAPI()
	for i := 1; i < 300; i++ {
		w.newResource(id, root, "r"+string(rune('a'+i%26))+string(rune('a'+i/26)))
	}
	_, err := w.CreateResource(t.Context(), &sdk.CreateResourceInput{RestApiId: id, ParentId: root, PathPart: aws.String("more")})
	refused(t, err, "LimitExceededException", "Maximum number of resources for this API has been reached. Please contact AWS if you need additional resources.")
}
