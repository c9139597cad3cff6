/** Whether a path matches. */
export type PathPattern = (path: string) => boolean

/**
 * A pattern of paths, read once: `*` stands for anything but a slash, `**` for anything. Most patterns are a path or its
 * beginning, and are compared as such.
 */
export function pathPattern(pattern: string): PathPattern {
  if (!pattern.includes('*')) return (path) => path === pattern
  const beginning = pattern.slice(0, -2)
  if (pattern.endsWith('**') && !beginning.includes('*')) return (path) => path.startsWith(beginning)
  return (path) => matchesPath(pattern, path)
}

/** Without backtracking: a pattern is the operator's, a path is anybody's. */
export function matchesPath(pattern: string, path: string): boolean {
  const parts = pattern.split(/(\*\*|\*)/)
  let reached = new Set([0])
  for (const part of parts) {
    const next = new Set<number>()
    for (const at of reached) {
      if (part === '*' || part === '**') {
        const slash = part === '*' ? path.indexOf('/', at) : -1
        const end = slash === -1 ? path.length : slash
        for (let to = at; to <= end; to++) next.add(to)
      } else if (path.startsWith(part, at)) next.add(at + part.length)
    }
    reached = next
  }
  return reached.has(path.length)
}
