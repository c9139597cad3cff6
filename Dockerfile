# syntax=docker/dockerfile:1
# scripts/dockerfile-steps.ts performs these steps without an engine, in CI: it understands FROM, WORKDIR, ENV, COPY,
# RUN, USER and CMD as they are used here, and fails on what it doesn't know.

FROM node:26-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# No install script is needed: better-sqlite3 brings its binaries, and Node itself is in the image.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json prisma.config.ts ./
COPY prisma ./prisma
COPY scripts ./scripts
COPY src ./src
COPY docs/openapi.json ./docs/openapi.json
RUN node scripts/build.ts
# Optional, too: what is only an optional peer of the database client is its command line and the compiler.
RUN npm prune --omit=dev --omit=optional --ignore-scripts

FROM node:26-bookworm-slim
ENV NODE_ENV=production
# The file system is read-only: there is nowhere to keep what V8 compiles.
ENV NODE_DISABLE_COMPILE_CACHE=1
ENV CHANCERY_BIND=0.0.0.0
ENV CHANCERY_DATA_DIR=/data
WORKDIR /app
COPY --from=build /build/package.json ./package.json
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY --from=build /build/prisma/migrations ./prisma/migrations
COPY --from=build /build/docs ./docs
COPY LICENSE ./LICENSE
# Everything that changes is in /data; the rest may be mounted read-only (docker run --read-only --tmpfs /tmp).
RUN install -d -o node -g node -m 0700 /data
VOLUME /data
USER node
EXPOSE 8443 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
CMD ["node", "dist/main/bin.js", "serve"]
