/** One round of the fixture's benchmark, in a process of its own; prints milliseconds as JSON. */
const begun = performance.now()
const { startChancery } = await import('../../../src/testing/index.ts')
const loaded = performance.now() - begun

const FURTHER = 100
const before = performance.now()
await using ca = await startChancery()
await ca.issue({ dns: 'first.example.com' })
const first = performance.now() - before
const times: number[] = []
for (let i = 0; i < FURTHER; i++) {
  const start = performance.now()
  await ca.issue({ dns: `further-${i}.example.com` })
  times.push(performance.now() - start)
}
times.sort((one, other) => one - other)
console.log(JSON.stringify({ loaded, first, further: times[FURTHER / 2], slowest: times.at(-1) }))
