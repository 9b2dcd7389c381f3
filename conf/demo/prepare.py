"""The one-shot of the demo: makes the store's data folder, then ends. The store starts only after it."""
import pathlib
import sys
import time

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
with (folder / "prepared").open("a") as record:
    record.write(f"{time.time():.3f}\n")
print(f"prepared {folder}", flush=True)
