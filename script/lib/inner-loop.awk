# Prints the body of the first loop of function P that has the instruction I: from its label to the branch back to it.
$0 ~ "^_ZN.*" P ".*:$" { inside = 1 }
inside && /^\.LBB[0-9_]*:/ { label = $1; sub(":", "", label); body = ""; next }
inside && /^\t[a-z]/ {
    body = body $0 "\n"
    if ($1 ~ /^(b\.|cbn?z|tbn?z)/ && $NF == label && body ~ I) { printf "%s", body; exit }
}
inside && /^\.Lfunc_end/ { inside = 0 }
