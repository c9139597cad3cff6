import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node'

type Counts = { passed: number; failed: number; skipped: string[] }

/**
 * Ends the run with one line alone, `N passed, N failed` and, if any, `, N skipped`, after all other output, for
 * whoever reads only the end of a log. With CHANCERY_CI=1 a skipped test is a failure and is named: there, every
 * foreign tool is installed, so a skip means that something was not tested.
 */
export class SummaryReporter implements Reporter {
  #vitest: Vitest | undefined

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = count(modules)
    counts.failed += unhandledErrors.length
    let skipped = counts.skipped.length
    if (process.env['CHANCERY_CI'] === '1' && skipped > 0) {
      for (const name of counts.skipped) console.error(`skipped, which counts as failed here: ${name}`)
      counts.failed += skipped
      skipped = 0
      process.exitCode = 1
    }
    if (counts.passed + counts.failed + skipped === 0) process.exitCode = 1
    const line = `${counts.passed} passed, ${counts.failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
    // Watch mode goes on printing; everything else must be out before the line.
    if (this.#vitest?.config.watch === true) console.log(line)
    else process.on('exit', () => process.stdout.write(`\n${line}\n`))
  }
}

function count(modules: readonly TestModule[]): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: [] }
  for (const module of modules) {
    // A file that can't be loaded has no tests to fail.
    if (module.state() === 'failed' && module.errors().length > 0) counts.failed += 1
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length > 0 ? 1 : 0
    for (const test of module.children.allTests()) add(counts, test)
  }
  return counts
}

function add(counts: Counts, test: TestCase): void {
  const { state } = test.result()
  if (state === 'passed') counts.passed += 1
  else if (state === 'failed') counts.failed += 1
  else counts.skipped.push(`${test.module.relativeModuleId} > ${test.fullName}`)
}
