package cache

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"time"

	"cameo/creds"
	"cameo/internal/safefile"
)

const (
	// wordsLife is how long a failure that was told is told again to those who come
	// later and take it for their own.
	wordsLife = 10 * time.Second
	maxNote   = 64 << 10
	toldSize  = 8 // nanoseconds since 1970
)

// tell leaves for the others what the flight says of a failure, sealed. Where that
// cannot be done each of them tries for itself.
func (s *Store) tell(f creds.Flight, err error) {
	if f.Tell == nil {
		return
	}
	words := f.Tell(err)
	if words == nil {
		return
	}
	note := binary.BigEndian.AppendUint64(make([]byte, 0, toldSize+len(words)), uint64(s.wall().UnixNano()))
	_ = s.writeNote(f.Key.String()+wordsSuffix, append(note, words...))
}

// heard is the error of a failure that was told of the flight's key, if this caller
// takes it for its own: one that was told since it began, or a moment before.
func (s *Store) heard(f creds.Flight, began time.Time) error {
	if f.Told == nil {
		return nil
	}
	note, err := s.readNote(f.Key.String() + wordsSuffix)
	if err != nil || len(note) < toldSize {
		return nil
	}
	at := time.Unix(0, int64(binary.BigEndian.Uint64(note)))
	now := s.wall()
	if at.After(now) || at.Before(began) && now.Sub(at) > wordsLife {
		return nil
	}
	return f.Told(note[toldSize:], !at.Before(began))
}

// forgetWords takes back what was said of a key whose session is there now.
func (s *Store) forgetWords(key creds.Key) { _ = os.Remove(s.path(key.String() + wordsSuffix)) }

func (s *Store) writeNote(name string, plain []byte) error {
	key := s.key.Load()
	if key == nil {
		return errNoKey
	}
	sealed, err := sealBytes(plain, name, key, s.random)
	if err != nil {
		return err
	}
	return safefile.Write(s.path(name), sealed, 0o600)
}

// readNote opens a note. One that cannot be read is none: it would have been old in
// a moment anyway.
func (s *Store) readNote(name string) ([]byte, error) {
	sealed, err := safefile.ReadPrivate(s.path(name), maxNote)
	if err != nil {
		return nil, err
	}
	key := s.key.Load()
	if key == nil {
		if key, err = s.loadKey(); err != nil {
			return nil, err
		}
	}
	return openBytes(sealed, name, key)
}

const (
	codeStep = 30 * time.Second // of RFC 6238
	// codeLife is how long AWS may take a code: while the device shows it, and the
	// step before and after.
	codeLife = 3 * codeStep
)

// spentCode is a code that was sent to AWS.
type spentCode struct {
	Code     string
	At       time.Time
	Rejected *creds.Answer `json:",omitempty"`
}

// known reports whether AWS cannot take the code any more: it took it before, or
// refused it while the device shows it. (What is refused may be right half a minute
// later, where the device's clock is ahead.)
func (c spentCode) known(code string, now time.Time) bool {
	if c.Code != code {
		return false
	}
	return c.Rejected == nil || c.At.Unix()/int64(codeStep/time.Second) == now.Unix()/int64(codeStep/time.Second)
}

// Spend is that of creds.CodeMemory. What cannot be written to disk, sealed, is
// remembered in this Store alone.
func (s *Store) Spend(ctx context.Context, device, code string) (fate creds.CodeFate, known bool) {
	s.codes(ctx, device, func(codes []spentCode) []spentCode {
		now := s.now()
		codes = slices.DeleteFunc(codes, func(c spentCode) bool { return now.Sub(c.At) > codeLife || c.At.Sub(now) > codeLife })
		for _, c := range codes {
			if c.known(code, now) {
				fate, known = creds.CodeFate{Rejected: c.Rejected}, true
				return codes
			}
		}
		codes = slices.DeleteFunc(codes, func(c spentCode) bool { return c.Code == code })
		return append(codes, spentCode{Code: code, At: now})
	})
	return fate, known
}

// Settle is that of creds.CodeMemory.
func (s *Store) Settle(ctx context.Context, device, code string, fate *creds.CodeFate) {
	s.codes(ctx, device, func(codes []spentCode) []spentCode {
		i := slices.IndexFunc(codes, func(c spentCode) bool { return c.Code == code })
		switch {
		case i < 0:
		case fate == nil:
			codes = slices.Delete(codes, i, i+1)
		default:
			codes[i].Rejected = fate.Rejected
		}
		return codes
	})
}

// codes changes what is known of a device's codes, one process at a time.
func (s *Store) codes(ctx context.Context, device string, change func([]spentCode) []spentCode) {
	sum := sha256.Sum256([]byte("device " + device))
	name := hex.EncodeToString(sum[:]) + codesSuffix
	if unlock, err := s.lockFile(ctx, name+lockSuffix); err == nil {
		defer unlock()
	}
	var codes []spentCode
	note, err := s.readNote(name)
	if err == nil {
		_ = json.Unmarshal(note, &codes)
	}
	s.mu.Lock()
	codes = append(codes, s.spent[device]...)
	delete(s.spent, device)
	s.mu.Unlock()
	codes = change(codes)
	if note, err = json.Marshal(codes); err == nil {
		err = s.writeNote(name, note)
	}
	if err != nil {
		s.mu.Lock()
		s.spent[device] = codes
		s.mu.Unlock()
	}
}
