import { afterAll } from 'vitest'
// Once a process: unlike this file, what it imports isn't read anew before each file of tests.
import './closed-network.ts'
import { leftBehind, sharedNow } from './left-behind.ts'

const before = sharedNow()
afterAll(() => {
  const left = leftBehind(before)
  if (left.length > 0) throw new Error(`this file leaves to the next one in its process: ${left.join(', ')}`)
})
