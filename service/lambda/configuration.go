package lambda

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/wire"
)

// timeForm is how Lambda writes times.
const timeForm = "2006-01-02T15:04:05.000-0700"

// timeText is t as Lambda writes it.
func timeText(t time.Time) *string { return new(t.UTC().Format(timeForm)) }

// configuration is a version as clients see it. qualified says whether the
// ARN names the version.
func (f *function) configuration(v *version, qualified bool) *api.FunctionConfiguration {
	qualifier := ""
	if qualified {
		qualifier = v.Version
	}
	c := &api.FunctionConfiguration{
		FunctionName: new(f.Name),
		FunctionArn:  new(f.functionARN(f.Name, qualifier)),
		Runtime:      wire.Optional(v.Runtime), Role: new(v.Role), Handler: wire.Optional(v.Handler),
		CodeSize: new(v.Code.Size), CodeSha256: new(v.Code.SHA256),
		Description: new(v.Description), Timeout: new(v.Timeout), MemorySize: new(v.Memory),
		LastModified: timeText(v.LastModified), Version: new(v.Version), RevisionId: new(v.Revision),
		TracingConfig:    &api.TracingConfigResponse{Mode: new(v.Tracing)},
		PackageType:      new(api.PackageTypeZip),
		Architectures:    v.Architectures,
		EphemeralStorage: &api.EphemeralStorage{Size: v.Ephemeral},
		SnapStart:        &api.SnapStartResponse{ApplyOn: new(v.SnapStart), OptimizationStatus: new("Off")},
		KMSKeyArn:        wire.Optional(v.KMSKey),
		State:            new(api.StateActive), LastUpdateStatus: new(api.LastUpdateStatusSuccessful),
		LoggingConfig: &api.LoggingConfig{
			LogFormat: new(v.LogFormat), LogGroup: new(v.logGroup(f.Name)),
			ApplicationLogLevel: wire.Optional(v.AppLogLevel), SystemLogLevel: wire.Optional(v.SystemLogLevel),
		},
		RuntimeVersionConfig: &api.RuntimeVersionConfig{RuntimeVersionArn: new(runtimeARN(f.Region, v.Runtime))},
		FileSystemConfigs:    v.FileSystems,
	}
	if v.HasEnvironment {
		c.Environment = &api.EnvironmentResponse{Variables: v.Environment}
	}
	if v.DeadLetter != "" {
		c.DeadLetterConfig = &api.DeadLetterConfig{TargetArn: new(v.DeadLetter)}
	}
	for _, l := range v.Layers {
		c.Layers = append(c.Layers, api.Layer{Arn: new(l.ARN), CodeSize: new(l.Code.Size)})
	}
	if vpc := v.VPC; vpc != nil {
		c.VpcConfig = &api.VpcConfigResponse{
			SubnetIds: vpc.SubnetIds, SecurityGroupIds: vpc.SecurityGroupIds,
			VpcId: new(""), Ipv6AllowedForDualStack: vpc.Ipv6AllowedForDualStack,
		}
	}
	return c
}

// logGroup is where a version logs.
func (v *version) logGroup(name string) string {
	if v.LogGroup != "" {
		return v.LogGroup
	}
	return "/aws/lambda/" + name
}

// runtimeARN names a runtime's version: made up, but always the same.
func runtimeARN(region, runtime string) string {
	sum := sha256.Sum256([]byte(runtime))
	return "arn:aws:lambda:" + region + "::runtime:" + hex.EncodeToString(sum[:])
}
