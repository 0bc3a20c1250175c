# Reads what objdump -d says of src/cpu/loops.c, short.c or pairs.c, and prints each op's loop that has no wide register, as `register` names them: the compiler left it
# scalar. The same code as another op's is a jump there, and gcc may put a function's loop into a part of its own. `least`: how many loops there are at least.
/^[0-9a-f]+ <.*>:$/ {
    name = substr($2, 2, length($2) - 3)
    is_loop = name ~ /^(forward|backward|mask|short)_/ && name !~ /_in_full_/
    sub(/\.part\..*/, "", name)
    is_first = !(name in wide)
    if (is_loop && is_first) { loops++; wide[name] = 0 }
    next
}
is_loop && NF > 1 {
    if (is_first && $2 == "jmp") wide[name] = 1
    if (index($0, register)) wide[name]++
    is_first = 0
}
END {
    if (loops < least) print "only " loops + 0 " loops were found"
    for (name in wide) if (wide[name] == 0) print name
}
