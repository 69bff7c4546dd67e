# One-Card edge terminal. `make demo` shows it, `make test` proves it. PATH is set so that `env -i make ...` works.
export PATH := /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$(PATH)
