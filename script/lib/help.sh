# Answers `--help`: prints the comment at the head of the script that sources this, and ends it.

for argument in "$@"; do
    case $argument in
    -h | --help) sed -n '1d; /^#/!q; s/^# \{0,1\}//p' "$0" && exit ;;
    esac
done
