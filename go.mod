module cameo

go 1.26.0

// What the program is built from, each with its reason.
require (
	// The screen. charm.land is the import path of the repositories
	// github.com/charmbracelet/bubbletea and github.com/charmbracelet/lipgloss
	// (and of their widgets, github.com/charmbracelet/bubbles).
	charm.land/bubbles/v2 v2.2.1 // key bindings, from which help is made
	charm.land/bubbletea/v2 v2.0.10 // the program loop; v2.1.1 needs a module that no proxy serves
	charm.land/lipgloss/v2 v2.0.6 // styles
	github.com/aws/aws-sdk-go-v2 v1.47.7 // retries, signing, errors of AWS
	github.com/aws/aws-sdk-go-v2/credentials v1.20.15 // hands keys to a client
	github.com/aws/aws-sdk-go-v2/service/sts v1.51.8 // AssumeRole and its kin; clients are built by hand, without the module config
	github.com/aws/smithy-go v1.28.8 // the error types beneath the SDK
	github.com/charmbracelet/x/ansi v0.11.8 // widths and cutting of styled text
	github.com/gofrs/flock v0.13.1 // locks between processes, on every system
	github.com/mattn/go-runewidth v0.0.31 // not older: v0.0.27 costs every start 30 ms
	github.com/pelletier/go-toml/v2 v2.4.3 // config.toml; tells lines, costs nothing at start
	github.com/pquerna/otp v1.5.0 // TOTP codes of the sandbox's devices
	github.com/rogpeppe/go-internal v1.16.0 // the unified diff that an edit shows before it writes; and script tests
	github.com/sahilm/fuzzy v0.1.3 // finding in the list
	github.com/spf13/cobra v1.10.2 // verbs, flags, completion
	github.com/spf13/pflag v1.0.9 // cobra's flags
	github.com/zalando/go-keyring v0.2.8 // the secret store of macOS and Windows
	golang.org/x/crypto v0.58.0 // XChaCha20-Poly1305, which seals the cache
	golang.org/x/sys v0.49.0 // the kernel's keyring, terminals, Windows
	golang.org/x/term v0.47.0 // terminal modes
)

// What only the tests need.
require (
	github.com/aws/aws-sdk-go-v2/service/s3 v1.114.8 // a real client for the sandbox
	github.com/charmbracelet/ultraviolet v0.0.0-20260811164956-006e29f97886 // cells of the terminal emulator; pinned: later ones are not served
	github.com/charmbracelet/x/vt v0.0.0-20260924144451-d676b019604b // the terminal emulator
	github.com/creack/pty v1.1.24 // a real pseudo-terminal
	github.com/google/go-cmp v0.7.0 // differences of values
	pgregory.net/rapid v1.3.0 // property tests
)

require (
	github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream v1.7.26 // indirect
	github.com/aws/aws-sdk-go-v2/internal/configsources v1.5.10 // indirect
	github.com/aws/aws-sdk-go-v2/internal/endpoints/v2 v2.8.10 // indirect
	github.com/aws/aws-sdk-go-v2/internal/v4a v1.5.10 // indirect
	github.com/aws/aws-sdk-go-v2/service/internal/accept-encoding v1.13.24 // indirect
	github.com/aws/aws-sdk-go-v2/service/internal/checksum v1.11.11 // indirect
	github.com/aws/aws-sdk-go-v2/service/internal/presigned-url v1.14.10 // indirect
	github.com/aws/aws-sdk-go-v2/service/internal/s3shared v1.20.10 // indirect
	github.com/boombuler/barcode v1.0.1-0.20190219062509-6c824513bacc // indirect
	github.com/charmbracelet/colorprofile v0.4.3 // indirect
	github.com/charmbracelet/x/exp/ordered v0.1.0 // indirect
	github.com/charmbracelet/x/term v0.2.2 // indirect
	github.com/charmbracelet/x/termios v0.1.1 // indirect
	github.com/charmbracelet/x/windows v0.2.2 // indirect
	github.com/clipperhouse/displaywidth v0.11.0 // indirect
	github.com/clipperhouse/uax29/v2 v2.7.0 // indirect
	github.com/danieljoos/wincred v1.2.3 // indirect
	github.com/godbus/dbus/v5 v5.2.2 // indirect
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	github.com/lucasb-eyer/go-colorful v1.4.1 // indirect
	github.com/muesli/cancelreader v0.2.2 // indirect
	github.com/rivo/uniseg v0.4.7 // indirect
	github.com/xo/terminfo v0.0.0-20220910002029-abceb7e1c41e // indirect
	golang.org/x/sync v0.22.0 // indirect
	golang.org/x/tools v0.35.0 // indirect
)
