package resource

import "context"

// sesEmailIdentity is AWS::SES::EmailIdentity.
func sesEmailIdentity() *Type {
	return &Type{
		Name: "AWS::SES::EmailIdentity",
		Properties: `ConfigurationSetAttributes~ DkimAttributes~ DkimSigningAttributes~ EmailIdentity!* FeedbackAttributes~
			MailFromAttributes~ Tags!`,
		Attributes: "DkimDNSTokenName1 DkimDNSTokenName2 DkimDNSTokenName3 DkimDNSTokenValue1 DkimDNSTokenValue2 DkimDNSTokenValue3",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			id := r.str("EmailIdentity")
			in := obj{"EmailIdentity": id}
			if tags := r.allTags(); len(tags) > 0 {
				in["Tags"] = tagList(tags)
			}
			out, err := r.do(ctx, "sesv2", "CreateEmailIdentity", in)
			if r.adopt(err) != nil {
				return Result{}, err
			}
			attrs := obj{}
			for i, token := range list(at(out, "DkimAttributes", "Tokens")) {
				n := string(rune('1' + i))
				attrs["DkimDNSTokenName"+n] = text(token) + "._domainkey." + id
				attrs["DkimDNSTokenValue"+n] = text(token) + ".dkim.amazonses.com"
			}
			return Result{ID: id, Attributes: attrs}, nil
		},
		Update: func(_ context.Context, r *Request) (Result, error) {
			return Result{ID: r.ID, Attributes: r.Attributes}, nil
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "sesv2", "DeleteEmailIdentity", obj{"EmailIdentity": r.ID})
			return forget(err)
		},
	}
}

// sesTemplate is AWS::SES::Template.
func sesTemplate() *Type {
	template := func(r *Request, name string) obj {
		in := pick(object(r.Props["Template"]), "SubjectPart", "TextPart", "HtmlPart")
		in["TemplateName"] = name
		return obj{"Template": in}
	}
	name := func(r *Request) string {
		if n := text(at(r.Props, "Template", "TemplateName")); n != "" {
			return n
		}
		return r.madeName(naming{max: 64})
	}
	return &Type{
		Name:       "AWS::SES::Template",
		Properties: "Tags~ Template",
		Attributes: "Id",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			n := name(r)
			_, err := r.do(ctx, "ses", "CreateTemplate", template(r, n))
			return Result{ID: n, Attributes: obj{"Id": n}}, r.adopt(err)
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			n := text(at(r.Props, "Template", "TemplateName"))
			if n != "" && n != r.ID {
				_, err := r.do(ctx, "ses", "CreateTemplate", template(r, n))
				return Result{ID: n, Attributes: obj{"Id": n}, Replaced: true}, r.adopt(err)
			}
			_, err := r.do(ctx, "ses", "UpdateTemplate", template(r, r.ID))
			return Result{ID: r.ID, Attributes: obj{"Id": r.ID}}, err
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "ses", "DeleteTemplate", obj{"TemplateName": r.ID})
			return forget(err)
		},
	}
}
