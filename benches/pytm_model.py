"""A synthetic model for OWASP pytm, for measuring it beside Vauban.

    python3 -m venv /tmp/pytm && /tmp/pytm/bin/pip install pytm==1.4.0
    /tmp/pytm/bin/python benches/pytm_model.py 1000

N components (servers, processes, stores, functions, external entities, actors), two flows each, N/50 nested boundaries,
N/10 data assets, a third of the components hardened. Runs what pytm calls `check` and `resolve`, prints no report.
"""

import resource
import sys
import time

start = time.process_time()
wall = time.perf_counter()

from pytm import TM, Actor, Boundary, Classification, Data, Dataflow, Datastore, ExternalEntity, Lambda, Process, Server

imported = time.process_time()
n = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
tm = TM("Synthetic")
tm.description = "Synthetic model of %d components" % n

boundaries = []
for b in range(max(1, n // 50)):
    boundary = Boundary("zone-%d" % b)
    if b > 0:
        boundary.inBoundary = boundaries[(b - 1) // 4]
    boundaries.append(boundary)

classes = [Classification.PUBLIC, Classification.RESTRICTED, Classification.SENSITIVE, Classification.SECRET]
data = [Data("data-%d" % d, classification=classes[d % 4], isPII=d % 2 == 0) for d in range(max(1, n // 10))]

kinds = [Server, Server, Process, Process, Datastore, Datastore, Lambda, ExternalEntity, Actor, Server]
components = []
for c in range(n):
    component = kinds[c % 10]("c-%d" % c)
    component.inBoundary = boundaries[c % len(boundaries)]
    if c % 3 == 0 and hasattr(component, "controls"):
        for control in ("sanitizesInput", "validatesInput", "encodesOutput", "isHardened", "hasAccessControl"):
            setattr(component.controls, control, True)
    components.append(component)

for c, component in enumerate(components):
    for target, label in (((c + 1) % n, "near"), ((c * 7 + 13) % n, "far")):
        if target == c:
            continue
        flow = Dataflow(component, components[target], "%s-%d" % (label, c))
        flow.protocol = "HTTP" if c % 5 == 0 else "HTTPS"
        flow.data = [data[c % len(data)]]

built = time.process_time()
tm.check()
checked = time.process_time()
tm.resolve()
resolved = time.process_time()

print(
    "pytm N=%d: import %.2f s, build %.2f s, check %.2f s, resolve %.2f s, whole process %.2f CPU s (%.2f s wall), "
    "peak %.0f MB, %d findings"
    % (
        n,
        imported - start,
        built - imported,
        checked - built,
        resolved - checked,
        time.process_time(),
        time.perf_counter() - wall,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        len(tm.findings),
    )
)
