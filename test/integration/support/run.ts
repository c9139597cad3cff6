import { spawn } from 'node:child_process'
import type { ToolResult } from '../../support/tools.ts'

/** Runs a program to its end without holding up this process, which may be the server that the program talks to. */
export function run(name: string, args: readonly string[], input = ''): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(name, args, { timeout: 240_000 })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, stdout, stderr }))
    // A program that ended without reading is no fault of this side.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}
