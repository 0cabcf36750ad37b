"""A peer of the `ann` benchmark: chromadb or qdrant-edge over the same vectors. Says one JSON line when it is built, and one a request."""
import json, os, sys, time

engine, folder, rows, dimension, k = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])


def vectors(name):
    import numpy

    return numpy.fromfile(f"{folder}/{name}.f32", dtype="<f4").reshape(-1, dimension)


def body(row):
    return json.dumps({"title": f"Document {row}", "passage": f"Document {row}. " * 30})


def open_chroma(data):
    import chromadb

    client = chromadb.PersistentClient(f"{folder}/chroma", chromadb.Settings(anonymized_telemetry=False))
    configuration = {"hnsw": {"space": "cosine", "max_neighbors": 24, "ef_construction": 300, "ef_search": 150}}
    collection = client.create_collection("bench", configuration=configuration, embedding_function=None)
    for start in range(0, rows, 5_000):
        ids = range(start, min(rows, start + 5_000))
        collection.add(ids=[f"doc-{i}" for i in ids], embeddings=data[ids.start : ids.stop], documents=[body(i) for i in ids])

    def ask(query):
        return collection.query(query_embeddings=[query], n_results=k, include=["documents", "distances"])["ids"][0]

    return ask


def open_qdrant(data):
    import qdrant_edge as edge

    hnsw = edge.HnswIndexConfig(m=24, ef_construct=300, full_scan_threshold=1_000)
    config = edge.EdgeConfig(vectors=edge.EdgeVectorParams(size=dimension, distance=edge.Distance.Cosine), hnsw_config=hnsw)
    os.makedirs(f"{folder}/qdrant", exist_ok=True)
    shard = edge.EdgeShard.create(f"{folder}/qdrant", config)
    for start in range(0, rows, 1_000):
        points = [edge.Point(i, data[i].tolist(), {"body": body(i)}) for i in range(start, min(rows, start + 1_000))]
        shard.update(edge.UpdateOperation.upsert_points(points))
    shard.optimize()
    params = edge.SearchParams(hnsw_ef=150)

    def ask(query):
        request = edge.SearchRequest(edge.Query.Nearest(query.tolist()), k, params=params, with_payload=True)
        return [f"doc-{point.id}" for point in shard.search(request)]

    return ask


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def rss_mib():
    # Of now: the greatest that `getrusage` knows is the parent's, until exec.
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20


def say(words):
    print(json.dumps(words), flush=True)


start = time.perf_counter()
ask = {"chromadb": open_chroma, "qdrant-edge": open_qdrant}[engine](vectors("documents"))
queries = vectors("queries")
say({"buildS": time.perf_counter() - start, "rssMiB": rss_mib()})
for line in sys.stdin:
    times, ids = [], []
    for query in queries[: int(line)]:
        start = time.perf_counter()
        ids.append(ask(query))
        times.append(1_000 * (time.perf_counter() - start))
    say({"rate": 1_000 * len(times) / sum(times), "p50": percentile(times, 0.5), "p95": percentile(times, 0.95), "ids": ids})
