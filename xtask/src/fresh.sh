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
        sh -c "cd /root/lescopains && exec $1"
}

echo "fresh: ./x run" >&2
log=$1/run.log
inside './x run' </dev/null >"$log" 2>&1 &
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
