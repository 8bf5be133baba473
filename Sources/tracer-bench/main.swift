print("tracer-bench")
