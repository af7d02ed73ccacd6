# Starts the servers that standard input names, one a line, and ends them all when standard input closes: when the
# owner closes it, and when the owner dies, however it dies. Then it removes the cluster's folder.
#
# $1: the folder. A server NAME has its command in NAME.sh there; its output goes to NAME.log, its process id to
# NAME.pid and, after its end, its exit code to NAME.ended. The line "stay" makes the servers outlive the owner: they
# end when a file "stop" appears or the folder is removed.
set -u
cd "$1" || exit 1
names= pids= stay=

start() {
  rm -f "$1.pid" "$1.ended"
  (
    sh "./$1.sh" </dev/null >>"$1.log" 2>&1 &
    echo $! >"$1.pid"
    wait $!
    echo $? >"$1.ended"
  ) </dev/null &
  until [ -s "$1.pid" ]; do sleep 0.01; done
  names="$names $1" pids="$pids $(cat "$1.pid")"
}

while read -r line; do
  case $line in
  stay) stay=yes ;;
  *) start "$line" ;;
  esac
done

if [ -n "$stay" ]; then
  # Names relative to this folder: they cease to exist when it is removed, even if another takes its place.
  while [ -e supervisor.sh ] && [ ! -e stop ]; do sleep 0.5; done
fi

for name in $names; do
  pid=${pids# } pid=${pid%% *} pids=${pids# } pids=${pids#"$pid"}
  # The process id of a server that ended on its own may be another's by now.
  [ -e "$name.ended" ] || kill -9 "$pid"
done
wait
[ -e supervisor.sh ] && rm -rf "$1"
