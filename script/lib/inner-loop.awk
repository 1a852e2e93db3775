# Prints the body of the loop in a disassembly by objdump that has the most instructions that match I, and no other branch: the sums of a
# tile. Fewer than 24 are none.
BEGIN { most = 23 }
/>:$/ { count = 0; split("", at) }
/^ *[0-9a-f]+:\t/ {
    address = $1
    sub(":", "", address)
    at[address] = ++count
    sub(/^ *[0-9a-f]+:\t/, "")
    sub(/ *\/\/.*/, "")
    target = $NF ~ /^</ ? $(NF - 1) : ""
    sub(/.*,/, "", target)
    # Where it goes is nothing to llvm-mca.
    text[count] = target == "" ? $0 : $1 "\t" (NF > 3 ? $2 " " : "") "."
    if (!(target in at) || $1 !~ /^b\./) next
    matches = branches = 0
    for (i = at[target]; i <= count; i++) {
        matches += text[i] ~ I
        branches += text[i] ~ /^(b|b\..*|bl|cbn?z|tbn?z)\t/
    }
    if (matches <= most || branches > 1) next
    most = matches
    body = ""
    for (i = at[target]; i <= count; i++) body = body text[i] "\n"
}
END { printf "%s", body }
