"""Results as text."""


def format_results(results) -> str:
    lines = []
    for result in sorted(results, key=lambda result: (str(result.path), result.link.line)):
        if result.broken:
            lines.append(f"{result.path}:{result.link.line}: {result.link.target} ({result.status})")
    broken = sum(result.broken for result in results)
    lines.append(f"{len(results)} links, {broken} broken")
    return "\n".join(lines)
