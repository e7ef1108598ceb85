# Turns coloured terminal output into an SVG picture: bold, dim and the basic colours; nothing else.
#
#   casemate assess FILE --color always | LC_ALL=C awk -f docs/terminal.awk -v command='casemate assess FILE' > picture.svg
#
# Lines longer than `columns` are cut, and between the first `head` and the last `tail` lines the rest is left out; both
# are said by an ellipsis.

BEGIN {
    if (!columns) columns = 118
    if (!head) head = 29
    if (!tail) tail = 5
    size = 13; advance = 7.83; leading = 19; left = 18; top = 66
    ink["30"] = "#6e7681"; ink["31"] = "#ff7b72"; ink["32"] = "#7ee787"; ink["33"] = "#e3b341"; ink["34"] = "#79c0ff"
    ink["35"] = "#d2a8ff"; ink["36"] = "#76e3ea"; ink["37"] = "#e6edf3"; ink["91"] = "#ff5d6c"
}

function escaped(text) {
    gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text)
    return text
}

# A line as tspans, one per run of equal style; escape sequences take no room.
function spans(line,    out, run, code, colour, bold, dim, room) {
    room = columns
    while (length(line) > 0) {
        if (match(line, /^\033\[[0-9;]*m/)) {
            code = substr(line, 3, RLENGTH - 3)
            if (code == "" || code == "0") { colour = ""; bold = 0; dim = 0 }
            else if (code == "1") bold = 1
            else if (code == "2") dim = 1
            else colour = ink[code]
            line = substr(line, RLENGTH + 1)
            continue
        }
        run = match(line, /\033/) ? substr(line, 1, RSTART - 1) : line
        line = substr(line, length(run) + 1)
        if (length(run) > room) {
            run = substr(run, 1, room - 1)
            sub(/[\200-\377]+$/, "", run)
            run = run "…"
            line = ""
        }
        room -= length(run)
        out = out "<tspan" (bold ? " font-weight=\"700\"" : "") (dim ? " fill-opacity=\"0.55\"" : "") \
            (colour ? " fill=\"" colour "\"" : "") ">" escaped(run) "</tspan>"
    }
    return out
}

{ seen[NR] = $0 }

END {
    row[++shown] = "<tspan fill=\"#7ee787\">$</tspan><tspan> " escaped(command) "</tspan>"
    for (i = 1; i <= NR; i++) {
        if (i <= head || i > NR - tail) row[++shown] = spans(seen[i])
        else if (i == head + 1) row[++shown] = "<tspan fill-opacity=\"0.55\">…</tspan>"
    }
    width = int(columns * advance) + 2 * left
    height = top + shown * leading
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">\n", \
        width, height, width, height
    printf "<title>Output of %s</title>\n", escaped(command)
    printf "<rect width=\"%d\" height=\"%d\" rx=\"10\" fill=\"#0d1117\"/>\n", width, height
    printf "<path d=\"M0 38V10A10 10 0 0 1 10 0H%dA10 10 0 0 1 %d 10V38Z\" fill=\"#161b22\"/>\n", width - 10, width
    printf "<g fill=\"#484f58\"><circle cx=\"22\" cy=\"19\" r=\"6\"/><circle cx=\"42\" cy=\"19\" r=\"6\"/>"
    printf "<circle cx=\"62\" cy=\"19\" r=\"6\"/></g>\n"
    printf "<g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\""
    printf " font-size=\"%d\" fill=\"#e6edf3\">\n", size
    for (i = 1; i <= shown; i++)
        printf "<text x=\"%d\" y=\"%d\" xml:space=\"preserve\">%s</text>\n", left, top + (i - 1) * leading, row[i]
    print "</g>\n</svg>"
}
