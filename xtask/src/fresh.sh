# Runs inside a mount and process namespace of its own, which takes every mount and process with it when it ends.
# $1: a folder with `root` in it; $2: rustup's folder; $3: cargo's folder.
set -eu
root=$1/root

mount --make-rprivate /
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"

# Read by the inside, never written: what it writes lands in the upper layers, below $1.
layer() {
    upper=$1/layers/$(echo "$3" | tr / _)
    mkdir -p "$upper/upper" "$upper/work" "$root/$3"
    mount -t overlay overlay -o "lowerdir=$2,upperdir=$upper/upper,workdir=$upper/work" "$root/$3"
}
layer "$1" "$2" root/.rustup
layer "$1" "$3/bin" root/.cargo/bin
layer "$1" "$3/registry" root/.cargo/registry

# Takes the place of the shell that calls it, so that its process id is the door's.
inside() {
    exec chroot "$root" env -i HOME=/root TERM=dumb USER=newcomer PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        sh -c "cd /root/lescopains && exec env $1"
}

# A newcomer has a display. Here it is one in memory, made by what a bare Debian offers; nothing else is prepared.
echo "fresh: a display" >&2
(inside 'sh -c "apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends xvfb"' \
    </dev/null >"$1/display.log" 2>&1) || { cat "$1/display.log" >&2; exit 1; }
inside 'Xvfb :77 -screen 0 1280x800x24 -nolisten tcp' </dev/null >"$1/xvfb.log" 2>&1 &

echo "fresh: ./x run" >&2
log=$1/run.log
inside 'DISPLAY=:77 ./x run' </dev/null >"$log" 2>&1 &
door=$!
# An hour: the first start installs tools and compiles everything.
waited=0
until grep -q '^x: ready' "$log"; do
    if ! kill -0 "$door" 2>/dev/null || [ "$waited" -ge 3600 ]; then
        cat "$log" >&2
        echo "fresh: ./x run never became ready" >&2
        exit 1
    fi
    sleep 1
    waited=$((waited + 1))
done
# The window itself takes a moment to stand.
sleep 5
if ! kill -0 "$door" 2>/dev/null; then
    cat "$log" >&2
    echo "fresh: the window closed by itself" >&2
    exit 1
fi
echo "fresh: ready after $waited s; SIGINT" >&2
kill -INT "$door"
code=0
wait "$door" || code=$?
cat "$log" >&2
if [ "$code" != 0 ]; then
    echo "fresh: ./x run ended with $code after SIGINT" >&2
    exit 1
fi

echo "fresh: ./x test" >&2
(inside './x test' </dev/null)
echo "fresh: both doors work where nothing was done before" >&2
