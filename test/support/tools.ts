import { spawnSync } from 'node:child_process'

const available = new Map<string, boolean>()

/** Whether a program can be run here; says so loudly, once, where it can't, since a test is then skipped. */
export function hasTool(name: string, versionFlag = 'version'): boolean {
  let found = available.get(name)
  if (found === undefined) {
    found = spawnSync(name, [versionFlag]).error === undefined
    available.set(name, found)
    if (!found) process.stderr.write(`\n*** ${name} is missing: tests that need it are SKIPPED ***\n`)
  }
  return found
}

export type ToolResult = { readonly status: number | null; readonly stdout: string; readonly stderr: string }

/** Runs a program to its end; `input` goes to its standard input. */
export function runTool(name: string, args: readonly string[], input?: Uint8Array): ToolResult {
  const { status, stdout, stderr } = spawnSync(name, args, { ...(input && { input }), timeout: 240_000 })
  return { status, stdout: stdout.toString(), stderr: stderr.toString() }
}
