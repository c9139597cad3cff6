import type { IncomingMessage } from 'node:http'
import type { Ports } from '../core/ports/ports.ts'
import { createAwsFace } from '../faces/aws/app.ts'
import { createS3Face } from '../faces/aws/s3.ts'
import { answerProblem } from '../faces/http/problem.ts'
import { createRestApp, type RestOptions } from '../faces/rest/app.ts'
import type { Face } from './listeners.ts'

/** The API's port: AWS's requests are told by their heads, everything else is for REST. */
export function apiListener(ports: Ports, options: RestOptions): Face {
  // A scope for S3 is for nothing else, whatever the path.
  const faces = [createS3Face(ports, options), createAwsFace(ports, options)]
  const rest = createRestApp(ports, options)
  const faceOf = (request: IncomingMessage) => faces.find((face) => face.speaks(request))
  return {
    inner: (request, response) => {
      const face = faceOf(request)
      if (face === undefined) rest(request, response)
      else void face.answer(request, response)
    },
    refuse: (request, response, thrown) => {
      const face = faceOf(request)
      if (face === undefined) answerProblem(request, response, thrown, ports.logger)
      else face.refuse(request, response, thrown)
    },
  }
}
