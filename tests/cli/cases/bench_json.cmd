octet bench roadsigns/roadsigns.onnx --image roadsigns/samples/stop_01.png --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375 --runs 6 --threads 2 --json > out.json
python3 - <<'END'
import json
d = json.load(open("out.json"))
print(d["rounds"], d["threads"], d["recipe"]["mean"], d["image"])
for p in d["pipelines"]:
    print(p["name"], p["possible"], p["input_bytes"], list(p["stages"]))
    parts = [s["median_ns"] for s in p["stages"].values()]
    print(min(parts) >= 0, all(s["least_ns"] <= s["median_ns"] <= s["p95_ns"] for s in [*p["stages"].values(), p["total"]]), sum(s["bytes_moved"] for s in p["stages"].values()) == p["total"]["bytes_moved"])
    against = p.get("against_first")
    if against:
        low, high = against["speed_up"]["interval_95"]
        print(low <= against["speed_up"]["median"] <= high, against["difference"] <= 1e-4, against["same_best"])
END
