package mobile

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/outbox"
	"maru.dev/maru/service/sns/names"
)

// codeLength is how many digits a one-time password has.
const codeLength = 6

// GetSMSSandboxAccountStatus tells that the account is outside of the sandbox:
// text messages go to any number, since they end in the outbox.
//
// Spec: SNS API Reference, GetSMSSandboxAccountStatus.
func (s *Service) GetSMSSandboxAccountStatus(context.Context, *api.GetSMSSandboxAccountStatusInput) (*api.GetSMSSandboxAccountStatusOutput, error) {
	return &api.GetSMSSandboxAccountStatusOutput{IsInSandbox: false}, nil
}

// CreateSMSSandboxPhoneNumber adds a number to the sandbox and sends it a
// one-time password.
//
// Spec: SNS API Reference, CreateSMSSandboxPhoneNumber.
func (s *Service) CreateSMSSandboxPhoneNumber(ctx context.Context, in *api.CreateSMSSandboxPhoneNumberInput) (*api.CreateSMSSandboxPhoneNumberOutput, error) {
	if err := checkNumber(in.PhoneNumber); err != nil {
		return nil, err
	}
	h := names.HomeOf(call.From(ctx))
	number := sandboxNumber{Code: s.IDs.String(codeLength, "0123456789")}
	id := s.IDs.UUID()
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		old, ok, err := kv.Get[sandboxNumber](tx, sandboxKey(h, in.PhoneNumber))
		if err != nil {
			return err
		}
		if ok && old.Verified {
			return &api.UserErrorException{Message: "The phone number is already verified."}
		}
		if err := kv.Put(tx, sandboxKey(h, in.PhoneNumber), number); err != nil {
			return err
		}
		return outbox.Add(tx, outbox.Message{
			ID: id, Channel: "sms", At: s.Clock.Now(), Account: h.Account, Region: h.Region, To: []string{in.PhoneNumber},
			Text: "Your verification code is " + number.Code,
		})
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateSMSSandboxPhoneNumberOutput{}, nil
}

// VerifySMSSandboxPhoneNumber confirms a number by its one-time password.
//
// Spec: SNS API Reference, VerifySMSSandboxPhoneNumber.
func (s *Service) VerifySMSSandboxPhoneNumber(ctx context.Context, in *api.VerifySMSSandboxPhoneNumberInput) (*api.VerifySMSSandboxPhoneNumberOutput, error) {
	err := s.changeSandbox(ctx, in.PhoneNumber, func(tx *kv.Tx, key kv.Key, n sandboxNumber) error {
		if n.Code != in.OneTimePassword {
			return &api.VerificationException{Message: "The one-time password is not valid.", Status: "Pending"}
		}
		n.Verified = true
		return kv.Put(tx, key, n)
	})
	if err != nil {
		return nil, err
	}
	return &api.VerifySMSSandboxPhoneNumberOutput{}, nil
}

// DeleteSMSSandboxPhoneNumber takes a number out of the sandbox.
//
// Spec: SNS API Reference, DeleteSMSSandboxPhoneNumber.
func (s *Service) DeleteSMSSandboxPhoneNumber(ctx context.Context, in *api.DeleteSMSSandboxPhoneNumberInput) (*api.DeleteSMSSandboxPhoneNumberOutput, error) {
	err := s.changeSandbox(ctx, in.PhoneNumber, func(tx *kv.Tx, key kv.Key, _ sandboxNumber) error { return tx.Delete(key) })
	if err != nil {
		return nil, err
	}
	return &api.DeleteSMSSandboxPhoneNumberOutput{}, nil
}

// changeSandbox changes a number of the sandbox.
func (s *Service) changeSandbox(ctx context.Context, number string, fn func(tx *kv.Tx, key kv.Key, n sandboxNumber) error) error {
	key := sandboxKey(names.HomeOf(call.From(ctx)), number)
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		n, ok, err := kv.Get[sandboxNumber](tx, key)
		if err != nil {
			return fmt.Errorf("load sandbox number: %w", err)
		}
		if !ok {
			return &api.ResourceNotFoundException{Message: "Resource does not exist"}
		}
		return fn(tx, key, n)
	})
}

// ListSMSSandboxPhoneNumbers lists the numbers of the sandbox.
//
// Spec: SNS API Reference, ListSMSSandboxPhoneNumbers.
func (s *Service) ListSMSSandboxPhoneNumbers(ctx context.Context, in *api.ListSMSSandboxPhoneNumbersInput) (*api.ListSMSSandboxPhoneNumbersOutput, error) {
	var out *api.ListSMSSandboxPhoneNumbersOutput
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		out = &api.ListSMSSandboxPhoneNumbersOutput{PhoneNumbers: []api.SMSSandboxPhoneNumber{}}
		out.NextToken, err = names.Page(tx, names.HomeOf(call.From(ctx)).Key("sandbox"), in.NextToken, func(row kv.Row[sandboxNumber]) error {
			var number string
			err := row.Key.Scan(4, &number)
			status := "Pending"
			if row.Value.Verified {
				status = "Verified"
			}
			out.PhoneNumbers = append(out.PhoneNumbers, api.SMSSandboxPhoneNumber{PhoneNumber: &number, Status: &status})
			return err
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
