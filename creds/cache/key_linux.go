package cache

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// AutoKey keeps the key in the kernel's keyring, where it is never on a disk;
// where the kernel refuses that (containers often do), in a file of
// $XDG_RUNTIME_DIR, which ends with the login; else there is none.
func AutoKey(o KeyOptions) KeySource {
	if o.Description == "" {
		o.Description = "cameo:cache-key:v1"
	}
	places := []place{kernelKeyring{description: o.Description, lock: filepath.Join(o.Dir, keyLock), now: o.Now}}
	if o.RuntimeDir != "" {
		places = append(places, keyFile{path: filepath.Join(o.RuntimeDir, "cameo", "cache-key"), under: o.RuntimeDir})
	}
	return KeySource{places}
}

const (
	keyLife    = 7 * 24 * time.Hour // no session lives longer than 36 hours
	keyRenewal = 24 * time.Hour
	stampSize  = 8 // when the key was renewed last, in seconds since 1970
)

// kernelKeyring is the user keyring @u. A key in it can be read by a process
// that possesses it, and possession goes through a keyring that the process is
// searched for: so @u is linked into the process keyring @p first. The session
// keyring @s would not do: it dies with the login that made it, and a tmux that
// outlives it could read nothing any more (keyrings(7), keyctl(2)).
type kernelKeyring struct {
	description string
	lock        string
	now         func() time.Time
}

// load makes three system calls; once a day two more, which renew the key.
//
// A thread's process keyring is its own, so the three have to be made by one
// thread. They nearly always are; to hold the goroutine to its thread makes the
// runtime start another one, which costs more than the calls, so that is only done
// where they were not.
func (k kernelKeyring) load() (*sealingKey, error) {
	key, err := k.read()
	if !errors.Is(err, unix.EACCES) {
		return key, err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return k.read()
}

func (k kernelKeyring) read() (*sealingKey, error) {
	if err := linkUserKeyring(); err != nil {
		return nil, keyringProblem(err)
	}
	id, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "user", k.description, 0)
	if err != nil {
		return nil, keyringProblem(err)
	}
	var payload [len(sealingKey{}) + stampSize + 1]byte
	n, err := unix.KeyctlBuffer(unix.KEYCTL_READ, id, payload[:], 0)
	if err != nil {
		return nil, keyringProblem(err)
	}
	if n != len(sealingKey{})+stampSize {
		return nil, errNoKey // not ours: create replaces it
	}
	key := sealingKey(payload[:len(sealingKey{})])
	renewed := time.Unix(int64(binary.BigEndian.Uint64(payload[len(key):])), 0)
	if age := k.now().Sub(renewed); age > keyRenewal || age < -keyRenewal {
		k.renew(id, &key)
	}
	return &key, nil
}

// renew lets a key that is in use live on. It may fail: the key then ends in
// its time, and sessions are fetched anew.
func (k kernelKeyring) renew(id int, key *sealingKey) {
	payload := k.payload(key)
	if _, err := unix.KeyctlBuffer(unix.KEYCTL_UPDATE, id, payload, 0); err == nil {
		_ = setTimeout(id)
	}
}

func (k kernelKeyring) payload(key *sealingKey) []byte {
	return binary.BigEndian.AppendUint64(append([]byte(nil), key[:]...), uint64(k.now().Unix()))
}

func (k kernelKeyring) create(ctx context.Context, random io.Reader) (*sealingKey, error) {
	if _, err := k.load(); errors.Is(err, errNoPlace) {
		return nil, err
	}
	return firstMade(ctx, k.lock, k.load, func() (*sealingKey, error) {
		var key sealingKey
		if _, err := io.ReadFull(random, key[:]); err != nil {
			return nil, err
		}
		if err := k.add(&key); err != nil {
			return nil, err
		}
		// A process with another cache directory has another lock and may have
		// put its key in place of this one: what is there now counts.
		return k.load()
	})
}

func (k kernelKeyring) add(key *sealingKey) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := linkUserKeyring(); err != nil {
		return keyringProblem(err)
	}
	id, err := unix.AddKey("user", k.description, k.payload(key), unix.KEY_SPEC_USER_KEYRING)
	if err != nil {
		return noPlace("the kernel's keyring", err)
	}
	if err := setTimeout(id); err != nil {
		return noPlace("the kernel's keyring", err)
	}
	return nil
}

func linkUserKeyring() error {
	_, err := unix.KeyctlInt(unix.KEYCTL_LINK, unix.KEY_SPEC_USER_KEYRING, unix.KEY_SPEC_PROCESS_KEYRING, 0, 0)
	return err
}

func setTimeout(id int) error {
	_, err := unix.KeyctlInt(unix.KEYCTL_SET_TIMEOUT, id, int(keyLife/time.Second), 0, 0)
	return err
}

// keyringProblem tells a key that is not there from a keyring that is not:
// containers answer EPERM, ENOSYS or EACCES.
func keyringProblem(err error) error {
	for _, gone := range []error{unix.ENOKEY, unix.EKEYEXPIRED, unix.EKEYREVOKED} {
		if errors.Is(err, gone) {
			return errNoKey
		}
	}
	return noPlace("the kernel's keyring", err)
}
