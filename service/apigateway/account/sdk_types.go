package account

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/service/apigateway/fault"
)

// property is something that the generator of an SDK is told.
func property(name, friendly, description string, required bool, value *string) api.SdkConfigurationProperty {
	return api.SdkConfigurationProperty{Name: &name, FriendlyName: &friendly, Description: &description, Required: &required, DefaultValue: value}
}

// sdkTypes are the SDKs that AWS generates for an API.
func sdkTypes() []api.SdkType {
	kind := func(id, friendly string, properties ...api.SdkConfigurationProperty) api.SdkType {
		return api.SdkType{Id: &id, FriendlyName: &friendly, Description: new(friendly + " SDK"), ConfigurationProperties: properties}
	}
	prefix := property("classPrefix", "Prefix", "The prefix of the names of the classes that are generated", true, nil)
	return []api.SdkType{
		kind("android", "Android",
			property("groupId", "Group ID", "The Maven group of the SDK", true, nil),
			property("artifactId", "Artifact ID", "The Maven artifact of the SDK", true, nil),
			property("artifactVersion", "Artifact version", "The version of the SDK", true, nil),
			property("invokerPackage", "Invoker package", "The package of the classes that are generated", true, nil)),
		kind("java", "Java SDK",
			property("service.name", "Service Name", "The name of the service's client", true, nil),
			property("java.package-name", "Java Package Name", "The package of the classes that are generated", true, nil),
			property("java.build-system", "Java Build System", "The build system of the SDK: gradle or maven", false, new("maven")),
			property("java.group-id", "Java Group Id", "The Maven group of the SDK", false, nil),
			property("java.artifact-id", "Java Artifact Id", "The Maven artifact of the SDK", false, nil),
			property("java.artifact-version", "Java Artifact Version", "The version of the SDK", false, new("1.0-SNAPSHOT"))),
		kind("javascript", "JavaScript"),
		kind("objectivec", "iOS (Objective-C)", prefix),
		kind("ruby", "Ruby",
			property("service.name", "Service Name", "The name of the service's client", true, nil),
			property("ruby.gem-name", "Gem name", "The name of the gem", false, nil),
			property("ruby.gem-version", "Gem version", "The version of the gem", false, new("1.0.0"))),
		kind("swift", "iOS (Swift)", prefix),
	}
}

// GetSdkTypes lists the SDKs that AWS generates. maru generates none: GetSdk is
// not implemented.
//
// Spec: API Gateway API Reference, GetSdkTypes.
func (s *Service) GetSdkTypes(context.Context, *api.GetSdkTypesInput) (*api.GetSdkTypesOutput, error) {
	return &api.GetSdkTypesOutput{Items: sdkTypes()}, nil
}

// GetSdkType returns what the generator of an SDK is told.
//
// Spec: API Gateway API Reference, GetSdkType.
func (s *Service) GetSdkType(_ context.Context, in *api.GetSdkTypeInput) (*api.GetSdkTypeOutput, error) {
	for _, t := range sdkTypes() {
		if *t.Id == in.Id {
			return &t, nil
		}
	}
	return nil, fault.NotFound("Invalid SDK type specified: %s", in.Id)
}
