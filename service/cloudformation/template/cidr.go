package template

import (
	"context"
	"encoding/binary"
	"math/big"
	"net/netip"
)

// cidr evaluates Fn::Cidr: count blocks of the given number of host bits, one
// after the other from the start of a block.
func (e *Env) cidr(ctx context.Context, arg any) (any, error) {
	const fault = "every Fn::Cidr object requires two or three parameters, (1) a CIDR block, (2) a count from 1 to 256 and (3) the number of host bits."
	list, err := args(arg, 2, 3, fault)
	if err != nil {
		return nil, err
	}
	block, err := e.text(ctx, list[0], "Fn::Cidr")
	if err != nil {
		return nil, err
	}
	count, err := e.integer(ctx, list[1], fault)
	if err != nil {
		return nil, err
	}
	prefix, err := netip.ParsePrefix(block)
	if err != nil || count < 1 || count > 256 {
		return nil, faulty(fault)
	}
	bits := 8
	if prefix.Addr().Is6() {
		bits = 64
	}
	if len(list) == 3 {
		if bits, err = e.integer(ctx, list[2], fault); err != nil {
			return nil, err
		}
	}
	return subnets(prefix.Masked(), count, bits)
}

// subnets returns the first count blocks of 2^bits addresses in a block.
func subnets(block netip.Prefix, count, bits int) (any, error) {
	width := block.Addr().BitLen()
	length := width - bits
	if bits < 1 || length < block.Bits() || length-block.Bits() < 9 && count > 1<<(length-block.Bits()) {
		return nil, faulty("Fn::Cidr: %s does not hold %d blocks of %d host bits", block, count, bits)
	}
	base := block.Addr().As16()
	start := new(big.Int).SetBytes(base[:])
	step := new(big.Int).Lsh(big.NewInt(1), uint(bits))
	out := make([]any, 0, count)
	for range count {
		var raw [16]byte
		start.FillBytes(raw[:])
		addr := netip.AddrFrom16(raw)
		if width == 32 {
			var four [4]byte
			binary.BigEndian.PutUint32(four[:], binary.BigEndian.Uint32(raw[12:]))
			addr = netip.AddrFrom4(four)
		}
		out = append(out, netip.PrefixFrom(addr, length).String())
		start.Add(start, step)
	}
	return out, nil
}
