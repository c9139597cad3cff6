import { resolverContract } from './resolver-contract.ts'
import { servedStage, simulatedStage } from './stages.ts'

resolverContract('the simulated zones, asked directly', simulatedStage)
resolverContract('a real one, asking the simulated DNS over the loopback interface', () => servedStage())
resolverContract('the same over IPv6', () => servedStage({}, '::1'))
