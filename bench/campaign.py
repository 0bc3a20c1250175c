#!/usr/bin/env python3
"""Run ramp-bench in several processes and print a Markdown table of their medians: what a folder of bench/results/ holds.

  bench/campaign.py --bench build/release/bin/ramp-bench --out bench/results/DATE-MACHINE -- --backend cuda,opencl:NVIDIA --shape 4096x393216

Writes run1.json, run2.json, ... and table.md to the folder. Ratios are taken inside one process; the table gives their median.
"""
import argparse, json, pathlib, shlex, statistics, subprocess, sys


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", default="build/release/bin/ramp-bench", help="the ramp-bench to run")
    parser.add_argument("--out", required=True, type=pathlib.Path, help="folder for the raw JSON and table.md")
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("arguments", nargs="*", help="for ramp-bench, after --")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    runs = []
    for number in range(1, options.processes + 1):
        path = options.out / f"run{number}.json"
        code = subprocess.call([options.bench, *options.arguments, "--json", str(path)], stdout=subprocess.DEVNULL)
        if code != 0:
            sys.exit(f"{options.bench} exited with {code}")
        runs.append(json.loads(path.read_text()))
    lines = ["| op | pass | dtype | shape | device | ms | GB/s | roof GB/s | x roof | x copy | x first | verified |",
             "|---|---|---|---|---|---|---|---|---|---|---|---|"]
    for rows in zip(*(run["results"] for run in runs)):
        first, median = rows[0], lambda key: statistics.median(row[key] for row in rows)
        roof = first["bytes"] / median("roof_ms") / 1e6
        lines.append(f"| {first['op']} | {first['pass']} | {first['dtype']} | {'x'.join(map(str, first['shape']))} | {first['device']} "
                     f"| {median('ms_median'):.4f} | {median('gbs'):.0f} | {roof:.0f} | {median('x_roof'):.3f} | {median('x_copy'):.3f} "
                     f"| {median('x_first'):.3f} | {'yes' if all(row['verified'] for row in rows) else 'NO'} |")
    devices = [f"- `{d['selector']}`: {d['name']}, driver {d['driver']}" for d in runs[0]["devices"]]
    command = shlex.join(["bench/campaign.py", "--out", str(options.out), "--processes", str(options.processes), "--", *options.arguments])
    text = "\n".join([f"{runs[0].get('date', '')}, median of {len(runs)} processes", "", *devices, "", f"`{command}`", "", *lines, ""])
    (options.out / "table.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
