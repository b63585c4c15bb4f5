def h(e, c) return
