package mobile

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"time"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/sns/names"
)

func smsKey(h names.Home) kv.Key                     { return h.Key("sms") }
func optedOutKey(h names.Home, number string) kv.Key { return h.Key("optedout", number) }
func sandboxKey(h names.Home, number string) kv.Key  { return h.Key("sandbox", number) }

// senderID is what a text message may say it is from.
var senderID = regexp.MustCompile(`^[A-Za-z0-9-]{1,11}$`)

// isOptedOut tells whether a number's owner does not want text messages.
func isOptedOut(tx *kv.Tx, h names.Home, number string) (bool, error) {
	_, ok, err := tx.Get(optedOutKey(h, number))
	if err != nil {
		return false, fmt.Errorf("load opt-out: %w", err)
	}
	return ok, nil
}

// checkNumber tells why a text is no telephone number.
func checkNumber(number string) error {
	if !e164.MatchString(number) {
		return names.Invalid("PhoneNumber Reason: input incorrectly formatted")
	}
	return nil
}

// CheckIfPhoneNumberIsOptedOut tells whether a number's owner does not want
// text messages.
//
// Spec: SNS API Reference, CheckIfPhoneNumberIsOptedOut.
func (s *Service) CheckIfPhoneNumberIsOptedOut(ctx context.Context, in *api.CheckIfPhoneNumberIsOptedOutInput) (*api.CheckIfPhoneNumberIsOptedOutOutput, error) {
	if err := checkNumber(in.PhoneNumber); err != nil {
		return nil, err
	}
	var out bool
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		out, err = isOptedOut(tx, names.HomeOf(call.From(ctx)), in.PhoneNumber)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.CheckIfPhoneNumberIsOptedOutOutput{IsOptedOut: &out}, nil
}

// OptOut records that a number's owner does not want text messages. No
// operation of SNS does it: people do, by answering STOP.
func (s *Service) OptOut(ctx context.Context, account, region, number string) error {
	if err := checkNumber(number); err != nil {
		return err
	}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		return kv.Put(tx, optedOutKey(names.Home{Account: account, Region: region}, number), s.Clock.Now())
	})
}

// OptInPhoneNumber takes a number off the list of those who want no messages.
//
// Spec: SNS API Reference, OptInPhoneNumber.
func (s *Service) OptInPhoneNumber(ctx context.Context, in *api.OptInPhoneNumberInput) (*api.OptInPhoneNumberOutput, error) {
	if err := checkNumber(in.PhoneNumber); err != nil {
		return nil, err
	}
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		return tx.Delete(optedOutKey(names.HomeOf(call.From(ctx)), in.PhoneNumber))
	})
	if err != nil {
		return nil, err
	}
	return &api.OptInPhoneNumberOutput{}, nil
}

// ListPhoneNumbersOptedOut lists the numbers whose owners want no messages.
//
// Spec: SNS API Reference, ListPhoneNumbersOptedOut.
func (s *Service) ListPhoneNumbersOptedOut(ctx context.Context, in *api.ListPhoneNumbersOptedOutInput) (*api.ListPhoneNumbersOptedOutOutput, error) {
	var out *api.ListPhoneNumbersOptedOutOutput
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		out = &api.ListPhoneNumbersOptedOutOutput{PhoneNumbers: []string{}}
		out.NextToken, err = names.Page(tx, names.HomeOf(call.From(ctx)).Key("optedout"), in.NextToken, func(row kv.Row[time.Time]) error {
			var number string
			err := row.Key.Scan(4, &number)
			out.PhoneNumbers = append(out.PhoneNumbers, number)
			return err
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// SetSMSAttributes stores the account's settings of text messages.
//
// Spec: SNS API Reference, SetSMSAttributes.
func (s *Service) SetSMSAttributes(ctx context.Context, in *api.SetSMSAttributesInput) (*api.SetSMSAttributesOutput, error) {
	for _, name := range slices.Sorted(maps.Keys(in.Attributes)) {
		if err := checkSMSAttribute(name, in.Attributes[name]); err != nil {
			return nil, err
		}
	}
	key := smsKey(names.HomeOf(call.From(ctx)))
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		all, _, err := kv.Get[map[string]string](tx, key)
		if err != nil {
			return fmt.Errorf("load SMS attributes: %w", err)
		}
		if all == nil {
			all = make(map[string]string)
		}
		maps.Copy(all, in.Attributes)
		return kv.Put(tx, key, all)
	})
	if err != nil {
		return nil, err
	}
	return &api.SetSMSAttributesOutput{}, nil
}

// checkSMSAttribute tells why a setting cannot be made.
func checkSMSAttribute(name, value string) error {
	var ok bool
	switch name {
	case "MonthlySpendLimit":
		n, err := strconv.Atoi(value)
		ok = err == nil && n >= 0
	case "DeliveryStatusIAMRole", "UsageReportS3Bucket":
		ok = true
	case "DeliveryStatusSuccessSamplingRate":
		n, err := strconv.Atoi(value)
		ok = err == nil && n >= 0 && n <= 100
	case "DefaultSenderID":
		ok = senderID.MatchString(value)
	case "DefaultSMSType":
		if value != "Promotional" && value != "Transactional" {
			return names.Invalid("DefaultSMSType is invalid")
		}
		ok = true
	default:
		return names.Invalid("%s is not a valid attribute", name)
	}
	if !ok {
		return names.Invalid("%s is invalid", name)
	}
	return nil
}

// GetSMSAttributes tells the account's settings of text messages, all or those
// asked for.
//
// Spec: SNS API Reference, GetSMSAttributes.
func (s *Service) GetSMSAttributes(ctx context.Context, in *api.GetSMSAttributesInput) (*api.GetSMSAttributesOutput, error) {
	out := &api.GetSMSAttributesOutput{Attributes: map[string]string{"MonthlySpendLimit": "1"}}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		all, _, err := kv.Get[map[string]string](tx, smsKey(names.HomeOf(call.From(ctx))))
		maps.Copy(out.Attributes, all)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load SMS attributes: %w", err)
	}
	if len(in.Attributes) > 0 {
		maps.DeleteFunc(out.Attributes, func(name, _ string) bool { return !slices.Contains(in.Attributes, name) })
	}
	return out, nil
}

// ListOriginationNumbers lists the account's own numbers. There is no operation
// that gives it one, so there are none.
//
// Spec: SNS API Reference, ListOriginationNumbers.
func (s *Service) ListOriginationNumbers(context.Context, *api.ListOriginationNumbersInput) (*api.ListOriginationNumbersOutput, error) {
	return &api.ListOriginationNumbersOutput{PhoneNumbers: []api.PhoneNumberInformation{}}, nil
}
