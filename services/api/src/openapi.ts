import { API_PREFIX, api, type Endpoint, errorCodes } from '@cao/contracts';
import { z } from 'zod';
import { VERSION } from './version.ts';

/** OpenAPI 3.1, printed from the endpoint table: it cannot say anything that the api does not do. */
export function openApi(): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [noun, verbs] of Object.entries(api)) {
    for (const [verb, endpoint] of Object.entries(verbs as Record<string, Endpoint>)) {
      const path = API_PREFIX + endpoint.path.replace(/:([a-z_]+)/g, '{$1}');
      paths[path] = {
        ...paths[path],
        [endpoint.method.toLowerCase()]: operation(`${noun}.${verb}`, noun, endpoint),
      };
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'CAO', version: VERSION },
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    paths,
  };
}

const schemaOf = (type: z.ZodType) => z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' });

function operation(operationId: string, tag: string, endpoint: Endpoint) {
  return {
    operationId,
    tags: [tag],
    summary: endpoint.summary,
    security: endpoint.scope === 'open' ? [] : [{ token: [endpoint.scope] }],
    parameters: [...parameters('path', endpoint.params), ...parameters('query', endpoint.query)],
    ...(endpoint.body ? { requestBody: { required: true, content: json(schemaOf(endpoint.body)) } } : {}),
    responses: {
      [endpoint.status ?? 200]: { description: 'done', content: json(schemaOf(endpoint.response)) },
      default: {
        description: 'an error of the error table',
        content: json({
          type: 'object',
          properties: { error: { type: 'object', properties: { code: { enum: errorCodes } } } },
        }),
      },
    },
  };
}

const json = (schema: unknown) => ({ 'application/json': { schema } });

function parameters(where: 'path' | 'query', type: z.ZodType | undefined) {
  if (!type) return [];
  const { properties = {}, required = [] } = schemaOf(type) as {
    properties?: Record<string, unknown>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema,
  }));
}
