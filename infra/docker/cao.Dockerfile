# syntax=docker/dockerfile:1
# One image for the central services (target `service`, which one is the command's choice), and one with tmux and git
# for a host (target `host`). The AI CLIs are not in it: build from `host` and install those that you use.

ARG NODE=node:24-bookworm-slim

FROM ${NODE} AS sources
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.base.json ./
COPY packages packages
COPY services services
COPY cli cli
COPY web web
COPY test/package.json test/package.json

FROM sources AS build
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
RUN npx tsc -b && if [ -f web/vite.config.ts ]; then npm run build -w web; else mkdir -p web/dist; fi
# Without the tests and the incremental state of the compiler.
RUN rm -rf packages/*/test services/*/test cli/test && find . -path ./node_modules -prune -o -name '*.tsbuildinfo' -delete

FROM sources AS dependencies
# Optional ones are accelerators, and the embedded Postgres, which a cluster has no use for.
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund --omit=dev --omit=optional \
    -w @cao/api -w @cao/scheduler -w @cao/worker-agent -w @cao/cli

FROM ${NODE} AS service
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/package.json ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/packages packages
COPY --from=build /app/services services
COPY --from=build /app/cli cli
COPY --from=build /app/web/dist web/dist
USER node
EXPOSE 9889
CMD ["node", "services/api/dist/main.js"]

FROM service AS host
USER root
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates git openssh-client tmux \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o node -g node -m 0700 /home/node/.cao
USER node
CMD ["node", "services/worker-agent/dist/main.js"]
