def h(e, c): return "deep"
