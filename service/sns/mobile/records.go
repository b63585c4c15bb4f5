package mobile

// application is a stored platform application.
type application struct {
	Attributes map[string]string `cbor:"a"`
}

// device is a stored platform endpoint.
type device struct {
	Attributes map[string]string `cbor:"a"` // Token, Enabled, CustomUserData
}

// sandboxNumber is a destination of the SMS sandbox.
type sandboxNumber struct {
	Verified bool   `cbor:"v,omitempty"`
	Code     string `cbor:"c"`
}
