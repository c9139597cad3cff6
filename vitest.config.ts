import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { SummaryReporter } from './scripts/summary-reporter.ts'

// Where src/main/bin.ts has Node.js keep what it made of the sources, of which every thread and process reads a thousand.
const NODE_COMPILE_CACHE = join(import.meta.dirname, 'node_modules/.cache/chancery')

// The integration tests talk to real programs and listen on real ports: two files at a time are enough for them.
export default defineConfig({
  test: {
    globalSetup: ['test/support/fresh-client.ts', 'test/support/temporary-folder.ts'],
    reporters: ['default', new SummaryReporter()],
    pool: 'forks',
    maxWorkers: 2,
    env: { NODE_COMPILE_CACHE },
    // Limits are for what hangs. What only takes long is no failure: a test may wait for a process, on two cores that
    // have other things to do.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/house/**', 'test/integration/**', 'test/bench/**'],
          setupFiles: ['test/support/each-file.ts'],
          // One process runs many files: to read the sources anew takes longer than most of them do.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          // Tests of the house rules have a compiler and its program in memory, which nobody else needs.
          name: 'house',
          include: ['test/house/**/*.test.ts'],
          setupFiles: ['test/support/each-file.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
})
