# Two real windows on two displays in two networks of one cable, driven like two people would, and a picture of each step.
# Runs as root of namespaces of its own (network, mounts, processes), which take everything here with them when they end.
# $1: a folder that nobody else uses; $2: the window's program; $3: where the pictures go.
# What is done is done through the windows alone, with keys and a pointer. The local API of each profile is only asked
# whether it came true.
set -eu
place=$1
width=1120
height=740

# ---- A place: two networks joined by a cable, nothing beyond; two displays; private /tmp for the displays' sockets.

mkdir -p "$place/out"
touch "$place/lescopains"
mount --make-rprivate /
mount --bind "$2" "$place/lescopains"
mount --bind "$3" "$place/out"
rm -f "$place/out/failed.png"
mount -t tmpfs tour /run
mount -t tmpfs tour /tmp
mkdir -p /run/netns /tmp/.X11-unix
chmod 1777 /tmp /tmp/.X11-unix
ip netns add rosa
ip netns add zoe
ip -n rosa link add eth0 type veth peer name eth0 netns zoe
number=1
for who in rosa zoe; do
    # Multicast has a route, or mDNS finds nobody; there is no other way out.
    printf '%s\n' "link set lo up" "link set eth0 up" "addr add 10.77.0.$number/24 dev eth0" \
        "route add 224.0.0.0/4 dev eth0" | ip -n $who -batch -
    mkdir -p "$place/$who"
    number=$((number + 1))
done

step="the place"
shots=0
started=""

# Whatever ends this ends what it started, each by its own number.
end() {
    for pid in $started; do
        kill "$pid" 2>/dev/null || true
    done
}
trap end EXIT
trap 'exit 130' INT TERM

die() {
    pair failed || true
    echo "tour: $step: $1" >&2
    exit 1
}

step() {
    step=$1
    echo "tour: $step" >&2
}

display() {
    if [ "$1" = rosa ]; then echo :1; else echo :2; fi
}

# The accent of each one's colours (gui/src/theme.rs): of everything on screen only buttons that ask to be clicked are
# filled with it.
accent() {
    if [ "$1" = rosa ]; then echo '#ff9466'; else echo '#bf4a1c'; fi
}

# Takes the place of the shell that calls it, so that its process id is the program's.
exec_at() {
    host=$1
    shift
    exec nsenter "--net=/run/netns/$host" -- env -i HOME="$place/$host" PATH="$PATH" LANG=C.UTF-8 \
        DISPLAY="$(display "$host")" LIBGL_ALWAYS_SOFTWARE=1 LP_NUM_THREADS=1 "$@"
}

at() {
    (exec_at "$@")
}

# Starts a program that stays, and remembers its number.
start() {
    exec_at "$@" >>"$place/$1/$(basename "$2").log" 2>&1 &
    pid=$!
    started="$started $pid"
}

# Asks the local API of somebody's window.
api() {
    at "$1" curl --silent --fail --max-time 5 \
        --header "Authorization: Bearer $(cat "$place/$1/profile/api.token" 2>/dev/null)" \
        "$(cat "$place/$1/profile/api.address" 2>/dev/null)/v1/$2" 2>/dev/null
}

# Waits for something to come true: seconds, what it is, and the command that says so.
wait_for() {
    left=$(($1 * 4))
    what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || die "$what: that did not come true"
        sleep 0.25
    done
}

# Whether a filter says `true` of an answer of somebody's API. (jq's own exit code is 0 when there is no answer.)
holds() {
    [ "$(api "$1" "$2" | jq "$3")" = true ]
}

other() {
    api "$1" contacts | jq --raw-output '.[0].account'
}

messages() {
    api "$1" "conversations/$(other "$1")/messages?limit=200"
}

# Whether one of somebody's messages fulfils a condition.
message() {
    [ "$(messages "$1" | jq "any(.messages[]; $2)")" = true ]
}

both_have() {
    wait_for 60 "Rosa has: $1" message rosa "$2"
    wait_for 60 "Zoé has: $1" message zoe "$2"
}

says() {
    both_have "“$1”" ".body == \"$1\""
}

# What must be the same on both sides of a conversation.
history() {
    messages "$1" | jq --compact-output \
        '[.messages[] | {id, author, body, edited, deleted, reply_to, file: .attachment.size, reactions: (.reactions | sort_by(.account))}]'
}

# ---- Eyes and hands.

picture() {
    import -display "$(display "$1")" -window root "png:$2"
}

# A window draws slowly here, and nothing tells when it is done: waits until it looks the same twice. A blinking cursor
# is a few pixels.
still() {
    picture "$1" "$place/$1.before.png"
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        sleep 0.3
        picture "$1" "$place/$1.now.png"
        # It answers 1 when they differ at all.
        differ=$(compare -metric AE -fuzz 3% "$place/$1.before.png" "$place/$1.now.png" null: 2>&1) || true
        [ "${differ%%[!0-9]*}" -gt 120 ] || return 0
        mv "$place/$1.now.png" "$place/$1.before.png"
    done
}

# Both windows side by side, as they are.
pair() {
    picture rosa "$place/left.png"
    picture zoe "$place/right.png"
    convert "$place/left.png" "$place/right.png" +append -dither None -colors 128 "PNG8:$place/out/$1.png"
}

# A numbered picture of this step, once both windows are still.
shot() {
    still rosa
    still zoe
    shots=$((shots + 1))
    pair "$(printf %02d "$shots")-$1"
}

# Without a window manager nobody gives the keyboard to a window.
focus() {
    wait_for 60 "a window of $1" at "$1" xdotool search --name LesCopains
    at "$1" xdotool windowfocus --sync "$(at "$1" xdotool search --name LesCopains | head -n 1)"
}

keys() {
    who=$1
    shift
    for key in "$@"; do
        at "$who" xdotool key --clearmodifiers "$key"
        sleep 0.15
    done
}

write() {
    at "$1" xdotool type --delay 45 "$2"
}

# Somebody writes a message, and both have it.
send() {
    write "$1" "$2"
    keys "$1" Return
    says "$2"
}

pointer() {
    at "$1" xdotool mousemove "$2" "$3"
    sleep 0.4
}

click() {
    pointer "$1" "$2" "$3"
    at "$1" xdotool click "${4:-1}"
    sleep 0.2
    # Away again: what lies under a pointer looks different.
    [ "${4:-1}" != 1 ] || pointer "$1" $((width - 2)) 2
}

# Left, top, width and height of the filled button right of the list: found by its colour, so that nothing here knows
# where a screen puts it.
button() {
    picture "$1" "$place/$1.button.png"
    convert "$place/$1.button.png" -crop $((width - 345))x$height+345+0 +repage -fuzz 1% -fill black +opaque "$(accent "$1")" \
        -fill white -opaque "$(accent "$1")" -format '%@ %[fx:maxima]\n' info: 2>/dev/null |
        sed -n 's/^\([0-9]*\)x\([0-9]*\)+\([0-9]*\)+\([0-9]*\) [^0].*$/\3 \4 \1 \2/p' |
        { read -r x y w h && [ "$w" -gt 20 ] && [ "$h" -gt 20 ] && echo "$((x + 345)) $y $w $h"; }
}

press() {
    wait_for 60 "a button to click in the window of $1" button "$1"
    still "$1"
    # shellcheck disable=SC2046 # four numbers
    set -- "$1" $(button "$1")
    click "$1" $(($2 + $4 / 2)) $(($3 + $5 / 2))
}

open_window() {
    start "$1" "$place/lescopains" --profile "$place/$1/profile"
    eval "window_$1=$pid"
    focus "$1"
    still "$1"
}

for who in rosa zoe; do
    # It stays as it is when the last program that looked at it goes.
    start $who Xvfb "$(display $who)" -screen 0 ${width}x${height}x24 -nolisten tcp -noreset
done
for who in rosa zoe; do
    wait_for 30 "a display for $who" at $who xdotool getdisplaygeometry
    pointer $who $((width - 2)) 2
done
# A keyboard with accents. For letters that no key has, xdotool changes the keyboard for a moment, and a slow window
# misses that moment.
at zoe setxkbmap fr

# ---- The story.

step "first run"
open_window rosa
open_window zoe
# The name has the writing cursor. Backwards from it, round the window: colours, English, Français.
keys zoe shift+Tab space shift+Tab shift+Tab space
still zoe
# Forwards again, round to the name.
keys zoe Tab Tab Tab
write rosa "Rosa"
write zoe "Zoé"
shot first-run

step "how the profile is locked"
passphrase="lampe orage velours gare"
keys rosa Return
keys zoe Return
still rosa
still zoe
write rosa "$passphrase"
keys rosa Return
still rosa
write rosa "$passphrase"
# Past the eye, the second field and its eye: the other choice.
keys zoe Tab Tab Tab Tab space
shot protection
keys rosa Return
keys zoe Tab space

step "near each other"
wait_for 60 "Rosa's node answers" holds rosa me '.name == "Rosa"'
wait_for 60 "Zoé's node answers" holds zoe me '.name == "Zoé"'
wait_for 60 "Rosa sees Zoé" holds rosa nearby 'any(.name == "Zoé")'
wait_for 60 "Zoé sees Rosa" holds zoe nearby 'any(.name == "Rosa")'
shot nearby

step "a request and six words"
press rosa
wait_for 60 "Rosa has six words" holds rosa contacts '.[0].words | length == 6'
wait_for 60 "Zoé is asked, and has six words" holds zoe contacts '.[0] | .standing == "asks" and (.words | length == 6)'
[ "$(api rosa contacts | jq '.[0].words')" = "$(api zoe contacts | jq '.[0].words')" ] || die "the six words differ"
shot six-words

step "accepted"
# The box for “they are the same” stands above the button, at its left edge.
# shellcheck disable=SC2046 # four numbers
set -- $(button zoe)
click zoe $(($1 + 10)) $(($2 - 25))
press zoe
wait_for 60 "Rosa was accepted" holds rosa contacts '.[0].standing == "accepted"'
wait_for 60 "Zoé accepted" holds zoe contacts '.[0].standing == "accepted"'
wait_for 60 "Zoé compared the words" holds zoe contacts '.[0].trust == "verified"'
wait_for 60 "Rosa reaches Zoé" holds rosa contacts '.[0].reachable | length == 1'
shot accepted

step "writing"
keys rosa ctrl+k
still rosa
write rosa "zo"
keys rosa Return
keys zoe alt+Down
still rosa
still zoe
# No Return yet: Zoé sees that she writes.
write rosa "Hello Zoe! Did you find the tent?"
shot writing

step "a conversation"
keys rosa Return
says "Hello Zoe! Did you find the tent?"
write zoe "Oui, à la cave, derrière les vélos :tada:"
keys zoe Return
says "Oui, à la cave, derrière les vélos 🎉"
shot conversation

# The last message lies above the composer. Its menu opens above a pointer that is this low: its items are 42 points
# apart, and the last one's middle is 23 points above the pointer.
last_x=700
last_y=600
# Chooses an item of the last message's menu, counted from the last: 1 is the last.
choose() {
    click "$1" $last_x $last_y 3
    still "$1"
    click "$1" $((last_x + 40)) $((last_y + 19 - 42 * $2))
    still "$1"
}

step "an answer"
send rosa "Great. And the little stove?"
still zoe
# Answer, react, copy, go to a date.
choose zoe 4
write zoe "Aussi. Avec du gaz pour trois jours."
shot answering
keys zoe Return
both_have "the answer" '.body == "Aussi. Avec du gaz pour trois jours." and .reply_to != null'
shot answer

step "a change"
send rosa "Then we leave on **Saterday** at eight."
keys rosa Up
still rosa
keys rosa ctrl+a
write rosa "Then we leave on **Saturday** at eight."
shot changing
keys rosa Return
both_have "the change" '.body == "Then we leave on **Saturday** at eight." and .edited'

step "a reaction"
still zoe
# Answer, react, copy, earlier versions, go to a date.
choose zoe 4
write zoe "coeur rouge"
shot picking
keys zoe Return
both_have "the reaction" '.reactions | length == 1'
shot reaction

step "a pasted picture"
convert -size 720x400 gradient:'#2b4a8f-#f7a072' -fill '#ffe3b3' -draw 'circle 470,250 470,205' \
    -fill '#31406b' -draw 'polygon 0,300 170,150 290,260 400,180 580,300 720,230 720,400 0,400' \
    -fill '#1d2a3f' -draw 'rectangle 0,300 720,400' -fill '#e2603c' -draw 'polygon 130,345 200,250 270,345' \
    -fill '#7d2d1c' -draw 'polygon 185,345 200,290 215,345' -resize 50% "$place/tent.png"
start zoe xclip -selection clipboard -t image/png -i "$place/tent.png" -quiet
# Where one writes.
click zoe 600 660
keys zoe ctrl+v
still zoe
write zoe "La cabane de toile, l'an dernier"
shot pasted
keys zoe Return
both_have "the picture" '.body == "La cabane de toile, l'"'"'an dernier" and .attachment.complete'
# It is read and drawn once it is on screen.
sleep 2
shot picture

step "the safety number"
# Backwards from where one writes: the mark beside the name.
keys rosa shift+Tab Return
keys zoe shift+Tab Return
numbers="$(api rosa "contacts/$(other rosa)" | jq .safety_number) $(api zoe "contacts/$(other zoe)" | jq .safety_number)"
[ "${#numbers}" -gt 120 ] && [ "${numbers% *}" = "${numbers#* }" ] || die "the safety numbers differ: $numbers"
shot safety-number
press rosa
wait_for 60 "Rosa compared" holds rosa contacts '.[0].trust == "verified"'
keys zoe Escape
shot verified

step "killed"
before=$(history rosa)
click rosa 600 660
write rosa "I bring the map and the good bread."
keys rosa Return
write rosa "And one more thing: the"
# What is written is kept 0.7 s after the last letter.
sleep 1.5
kill -9 "$window_rosa"
wait "$window_rosa" 2>/dev/null || true
wait_for 60 "Zoé has: what was sent just before" message zoe '.body == "I bring the map and the good bread."'
wait_for 120 "Zoé no longer reaches Rosa" holds zoe contacts '.[0].reachable == []'
# No click: closing the safety number gave the writing cursor back.
write zoe "Et moi le chocolat. Tu es encore là ?"
keys zoe Return
wait_for 60 "Zoé's message waits" message zoe '.body == "Et moi le chocolat. Tu es encore là ?" and .delivery.state == "queued"'
shot killed

step "started again"
open_window rosa
write rosa "$passphrase"
shot locked
keys rosa Return
wait_for 60 "Rosa's node answers" holds rosa me '.name == "Rosa"'
keep=$(echo "$before" | jq length)
wait_for 60 "Rosa still knows Zoé" holds rosa contacts '.[0].standing == "accepted"'
[ "$(history rosa | jq --compact-output ".[:$keep]")" = "$before" ] || die "Rosa's history is not what it was"
message rosa '.body == "I bring the map and the good bread."' >/dev/null || die "Rosa lost what she sent"
says "Et moi le chocolat. Tu es encore là ?"
still rosa
keys rosa alt+Down
shot draft
write rosa " dog comes too."
keys rosa Return
says "And one more thing: the dog comes too."
shot end
# One window alone, for the README.
convert "$place/left.png" -dither None -colors 255 "PNG8:$place/out/alone.png"

step "killed at once"
# Kept as a draft, then sent, and killed before anybody could note that the draft is done.
write rosa "Good night."
sleep 1.6
at rosa xdotool key Return
kill -9 "$window_rosa"
wait "$window_rosa" 2>/dev/null || true
open_window rosa
write rosa "$passphrase"
keys rosa Return
wait_for 60 "Rosa's node answers" holds rosa me '.name == "Rosa"'
wait_for 60 "Rosa still knows Zoé" holds rosa contacts '.[0].standing == "accepted"'
still rosa
keys rosa alt+Down
still rosa
# If it was not stored, its draft is there and goes out now. In no case is it said twice.
keys rosa Return
says "Good night."
sleep 2
count=$(messages zoe | jq '[.messages[] | select(.body == "Good night.")] | length')
[ "$count" = 1 ] || die "Zoé has what was said once $count times"

step "the same on both sides"
[ "$(history rosa)" = "$(history zoe)" ] || die "the histories differ"
echo "tour: both have the same $(history rosa | jq length) messages; the pictures are ready" >&2
