// What implementers and the boxes before them get wrong, one at a time. `gate` writes a method of the API otherwise, `first`
// adds to the app before authentication, `before` after it; `rule` is what must notice.
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { Failure, Gate } from "../gate.js";

const correct = Gate.prototype;
const pause = () => new Promise((resolve) => setTimeout(resolve, 5));

/** Shows sessions with some fields otherwise, in some operations or in all. */
const shows = (edit, operations = ["cancel", "retrieve", "list", "create"]) => ({
  shown(session, operation) {
    const shown = correct.shown.call(this, session, operation);
    return operations.includes(operation) ? { ...shown, ...edit(session, shown) } : shown;
  },
});

/** Finds sessions of the partner in another way as well. */
const finds = (find) => ({
  find(partner, id) {
    return find(this.sessions.filter((session) => session.partner === partner), id) ?? correct.find.call(this, partner, id);
  },
});

/** Accepts something else as the first partner's key. */
const accepts = (key) => ({
  partner(authorization, request) {
    return key(authorization ?? "", request, this) ? OWN : correct.partner.call(this, authorization, request);
  },
});
const OWN = "507f1f77bcf86cd799439011";

/** Keeps some of what is sent to create a session otherwise. */
const keeps = (edit) => ({
  kept(body) {
    const kept = correct.kept.call(this, body);
    return { ...kept, ...edit(kept, body) };
  },
});

/** Checks a creation as if this field had a valid value, if it has one. */
const acceptsAny = (field, valid) => ({
  validate(body) {
    return correct.validate.call(this, body?.[field] === undefined ? body : { ...body, [field]: valid });
  },
});

/** Sends every JSON body otherwise. */
const sends = (edit) => (app) =>
  app.use((request, response, next) => {
    const json = response.json.bind(response);
    response.json = (body) => edit(body, response, json, request);
    next();
  });

/** Writes the error envelope otherwise. */
const envelopes = (edit) => ({
  envelope(status, message, requestId, request) {
    const envelope = correct.envelope.call(this, status, message, requestId);
    return edit(envelope, status, request) ?? envelope;
  },
});

const without = (object, ...names) => Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
const local = (milliseconds) => new Date(milliseconds + 2 * 3_600_000).toISOString();
const anyKey = (request) => /(?:sk|pk)_\w+/.exec(request.get("authorization") ?? "")?.[0];
/** Lets any key in where it is not checked. */
const letsIn = (isLetIn) => ({
  partner(authorization, request) {
    try {
      return correct.partner.call(this, authorization);
    } catch (error) {
      if (isLetIn(request)) return "507f1f77bcf86cd799439011";
      throw error;
    }
  },
});

/** Lists with a status otherwise. */
const listsByStatus = (list) => ({
  list(partner, query) {
    return query.status ? list.call(this, partner, query) : correct.list.call(this, partner, query);
  },
});

const partnerOf = (gate, key) => correct.partner.call(gate, `Bearer ${key}`);

/** A default that is one object for all. */
const SHARED = {};

export const mistakes = {
  // Cancelling.
  "cancel-200": { rule: "cancel-status-201", first: sends((body, response, json) => {
    if (body.status === "cancelled") response.status(200);
    return json(body);
  }) },
  "cancel-204": { rule: "cancel-status-201", first: sends((body, response, json) =>
    body.status === "cancelled" && response.statusCode === 201 ? response.status(204).end() : json(body)) },
  "cancel-says-open": { rule: "cancel-marks-cancelled", gate: shows(() => ({ status: "open" }), ["cancel"]) },
  "cancel-spelt-canceled": { rule: "cancel-marks-cancelled", gate: shows(({ status }) => (status === "cancelled" ? { status: "canceled" } : {})) },
  "cancel-shows-secret": { rule: "cancel-no-client-secret", gate: shows(({ secret }) => ({ client_secret: secret }), ["cancel"]) },
  "cancel-does-nothing": { rule: "cancel-visible-in-retrieve", gate: { ...shows(() => ({ status: "cancelled" }), ["cancel"]), mark() {} } },
  "cancel-overwrites-completed": { rule: "cancel-completed-conflicts", gate: {
    conflict(session) {
      if (session.status !== "completed") return correct.conflict.call(this, session);
      session.status = "cancelled";
      return this.shown(session, "cancel");
    },
  } },
  "cancel-overwrites-expired": { rule: "cancel-expired-conflicts", gate: {
    conflict(session) {
      if (session.status !== "expired") return correct.conflict.call(this, session);
      session.status = "cancelled";
      return this.shown(session, "cancel");
    },
  } },
  "cancel-is-idempotent": { rule: "cancel-cancelled-conflicts", gate: {
    conflict(session) {
      return session.status === "cancelled" ? this.shown(session, "cancel") : correct.conflict.call(this, session);
    },
  } },
  "cancel-conflict-is-400": { rule: "cancel-second-conflicts", gate: {
    conflict() {
      throw new Failure(400, "Only an open session can be cancelled.");
    },
  } },
  "cancel-conflict-is-422": { rule: "cancel-second-conflicts", gate: {
    conflict() {
      throw new Failure(422, "Only an open session can be cancelled.");
    },
  } },
  "cancel-checks-then-acts": { rule: "cancel-parallel", gate: {
    async cancel(partner, id) {
      const session = this.find(partner, id);
      if (session.status !== "open") return this.conflict(session);
      await pause();
      this.mark(session);
      return this.shown(session, "cancel");
    },
  } },
  "cancel-moves-expiry": { rule: "cancel-changes-nothing-else", gate: {
    mark(session) {
      session.status = "cancelled";
      session.expires = Date.now();
    },
  } },
  "cancel-clears-metadata": { rule: "cancel-changes-nothing-else", gate: {
    mark(session) {
      session.status = "cancelled";
      session.metadata = {};
    },
  } },
  "cancel-takes-all-of-a-reference": { rule: "cancel-others-untouched", gate: {
    mark(session) {
      const isAlike = (other) => other.partner === session.partner && other.status === "open" && other.amount === session.amount;
      for (const other of this.sessions.filter(isAlike)) other.status = "cancelled";
      session.status = "cancelled";
    },
  } },
  "cancel-by-get": { rule: "cancel-wrong-method", before: (app, gate) =>
    app.get("/v1/gate_sessions/:id/cancel", async (request, response) => {
      response.status(201).json(await gate.cancel(request.partner, request.params.id));
    }) },
  "cancel-needs-json": { rule: "cancel-no-body-needed", before: (app) =>
    app.post("/v1/gate_sessions/:id/cancel", (request, _response, next) => {
      if (!request.is("json")) throw new Failure(415, "Send JSON.");
      next();
    }) },
  "cancel-needs-a-body": { rule: "cancel-no-body-needed", before: (app) =>
    app.post("/v1/gate_sessions/:id/cancel", (request, _response, next) => {
      if (!request.body) throw new Failure(400, "A body is required.");
      next();
    }) },
  "cancel-takes-its-body": { rule: "cancel-changes-nothing-else", before: (app, gate) =>
    app.post("/v1/gate_sessions/:id/cancel", (request, _response, next) => {
      const { amount, metadata } = request.body ?? {};
      const session = gate.find(request.partner, request.params.id);
      if (session.status === "open" && amount) Object.assign(session, { amount, metadata });
      next();
    }) },
  "cancel-takes-a-status": { rule: "cancel-marks-cancelled", before: (app, gate) =>
    app.post("/v1/gate_sessions/:id/cancel", (request, response, next) => {
      const session = gate.find(request.partner, request.params.id);
      if (session.status !== "open" || !request.body?.status) return next();
      session.status = request.body.status;
      response.status(201).json(gate.shown(session, "cancel"));
    }) },
  "keys-shared-by-operations": { rule: "cancel-marks-cancelled", before: (app) => {
    const replays = new Map();
    app.post("/v1/gate_sessions{/*path}", (request, response, next) => {
      const key = request.get("idempotency-key");
      const name = `${request.partner} ${key}`;
      if (request.path.endsWith("/cancel") && replays.has(name)) return response.status(201).json(replays.get(name));
      const json = response.json.bind(response);
      response.json = (body) => {
        if (key && response.statusCode === 201) replays.set(name, body);
        return json(body);
      };
      next();
    });
  } },
  "method-override": { rule: "cancel-wrong-method", before: (app) =>
    app.use((request, _response, next) => {
      request.method = request.get("x-http-method-override") ?? request.method;
      next();
    }) },
  "method-override-in-the-query": { rule: "cancel-wrong-method", before: (app) =>
    app.use((request, _response, next) => {
      request.method = request.query._method ?? request.method;
      next();
    }) },
  "id-by-prefix": { rule: "cancel-odd-id-refused", gate: {
    find(partner, id) {
      const found = id.length > 12 && this.sessions.find((session) => session.partner === partner && session.id.startsWith(id));
      return found || correct.find.call(this, partner, id);
    },
  } },
  "id-trimmed": { rule: "cancel-odd-id-refused", gate: { find(partner, id) { return correct.find.call(this, partner, id.trim()); } } },
  "id-cut-to-its-length": { rule: "cancel-odd-id-refused", gate: { find(partner, id) { return correct.find.call(this, partner, id.slice(0, 24)); } } },
  "id-cast-fails-with-500": { rule: "cancel-odd-id-not-found", gate: {
    find(partner, id) {
      if (!/^[0-9a-f]{24}$/.test(id)) throw new TypeError("Cast to ObjectId failed");
      return correct.find.call(this, partner, id);
    },
  } },
  "id-normalised": { rule: "cancel-odd-id-refused", gate: { find(partner, id) { return correct.find.call(this, partner, id.normalize("NFKC")); } } },

  // Whose session, and with which key.
  "foreign-403": { rule: "cancel-foreign-session", gate: {
    find(partner, id) {
      if (this.sessions.some((session) => session.id === id && session.partner !== partner)) throw new Failure(403, "Not yours.");
      return correct.find.call(this, partner, id);
    },
  } },
  "foreign-cancelled": { rule: "cancel-foreign-session", gate: {
    find(_partner, id) {
      const session = this.sessions.find((session) => session.id === id);
      return session ?? correct.find.call(this, "", id);
    },
  } },
  "foreign-cancelled-behind-404": { rule: "cancel-foreign-untouched", gate: {
    async cancel(partner, id) {
      const foreign = this.sessions.find((session) => session.id === id && session.partner !== partner && session.status === "open");
      if (foreign) foreign.status = "cancelled";
      return correct.cancel.call(this, partner, id);
    },
  } },
  "foreign-told-by-message": { rule: "cancel-foreign-indistinguishable", gate: {
    find(partner, id) {
      if (this.sessions.some((session) => session.id === id && session.partner !== partner)) throw new Failure(404, "Belongs to another partner.");
      return correct.find.call(this, partner, id);
    },
  } },
  "foreign-listed": { rule: "list-foreign-hidden", gate: { owned() { return this.sessions; } } },
  "key-any": { rule: "cancel-unknown-key", gate: {
    partner(authorization, request) {
      const key = anyKey(request);
      if (!key) return correct.partner.call(this, authorization);
      try {
        return partnerOf(this, key);
      } catch {
        return "507f1f77bcf86cd799439011";
      }
    },
  } },
  "key-any-reads": { rule: "retrieve-missing-key", gate: letsIn((request) => request.method === "GET" && request.path !== "/" && anyKey(request)) },
  "key-any-lists": { rule: "list-missing-key", gate: letsIn((request) => request.method === "GET" && request.path === "/" && anyKey(request)) },
  "key-any-creates": { rule: "create-missing-key", gate: letsIn((request) => request.method === "POST" && request.path === "/" && anyKey(request)) },
  "key-not-needed-to-create": { rule: "create-missing-key", gate: letsIn((request) => request.method === "POST" && request.path === "/") },
  "key-without-scheme": { rule: "cancel-other-scheme", gate: { partner(authorization) { return partnerOf(this, (authorization ?? "").split(" ").at(-1)); } } },
  "key-in-query": { rule: "cancel-key-elsewhere", gate: {
    partner(authorization, request) {
      return authorization ? correct.partner.call(this, authorization) : partnerOf(this, request.query.api_key ?? request.query.key ?? request.query.access_token);
    },
  } },
  "key-in-x-api-key": { rule: "cancel-key-elsewhere", gate: {
    partner(authorization, request) {
      return authorization ? correct.partner.call(this, authorization) : partnerOf(this, request.get("x-api-key"));
    },
  } },
  "key-in-any-case": { rule: "cancel-altered-key", gate: { partner(authorization) { return correct.partner.call(this, authorization?.toLowerCase().replace("bearer", "Bearer")); } } },
  "key-by-prefix": { rule: "cancel-altered-key", gate: { partner(authorization) { return correct.partner.call(this, authorization?.replace(/^(Bearer sk_test_stock_(?:partner|other)_).*/, (_, start) => start.padEnd(41, "0"))); } } },
  "key-echoed": { rule: "cancel-key-not-echoed", gate: {
    partner(authorization, request) {
      const key = anyKey(request);
      try {
        return correct.partner.call(this, authorization);
      } catch (error) {
        throw key ? new Failure(401, `The key ${key} is not valid.`) : error;
      }
    },
  } },
  "unauthorized-403": { rule: "cancel-missing-key", gate: {
    partner(authorization) {
      try {
        return correct.partner.call(this, authorization);
      } catch (error) {
        throw new Failure(403, error.message);
      }
    },
  } },
  "unauthorized-cancels": { rule: "cancel-unauthorized-changes-nothing", first: (app, gate) =>
    app.post("/v1/gate_sessions/:id/cancel", (request, _response, next) => {
      const session = gate.sessions.find((session) => session.id === request.params.id && session.status === "open");
      if (session && !request.get("authorization")) session.status = "cancelled";
      next();
    }) },
  "existence-before-key": { rule: "cancel-unauthorized-hides-existence", first: (app, gate) =>
    app.post("/v1/gate_sessions/:id/cancel", (request, _response, next) => {
      if (!gate.sessions.some((session) => session.id === request.params.id)) throw new Failure(404, "There is no such session.");
      next();
    }) },
  "validation-before-key": { rule: "create-key-before-body", first: (app, gate) => {
    app.post("/v1/gate_sessions", ...[(request, _response, next) => {
      let text = "";
      request.setEncoding("utf8").on("data", (part) => (text += part)).on("end", () => {
        try {
          request.body = JSON.parse(text);
          gate.validate(request.body);
          request._body = true;
          next();
        } catch (error) {
          next(error instanceof Failure ? error : new Failure(400, "The body is not JSON."));
        }
      });
    }]);
  } },

  // Other names of a session, other ways to it, and what is no key.
  "id-or-user-reference": { rule: "cancel-odd-id-refused", gate: finds((own, id) => own.find((session) => session.user_reference === id)) },
  "id-or-client-secret": { rule: "cancel-odd-id-refused", gate: finds((own, id) => own.find((session) => session.secret === id)) },
  "id-latest": { rule: "cancel-odd-id-refused", gate: finds((own, id) => (id === "latest" ? own[0] : undefined)) },
  "id-with-a-prefix": { rule: "cancel-odd-id-refused", gate: finds((own, id) => own.find((session) => `gs_${session.id}` === id)) },
  "ids-with-a-comma": { rule: "cancel-odd-id-refused", gate: {
    async cancel(partner, id) {
      const [first, ...others] = id.split(",");
      for (const other of others) await correct.cancel.call(this, partner, other);
      return correct.cancel.call(this, partner, first);
    },
  } },
  "cancel-of-the-collection": { rule: "cancel-odd-id-refused", before: (app, gate) =>
    app.post("/v1/gate_sessions/cancel", (request, response) => {
      for (const session of gate.owned(request.partner)) if (session.status === "open") session.status = "cancelled";
      response.status(201).json({ object: "list" });
    }) },
  "delete-cancels": { rule: "cancel-wrong-method", before: (app, gate) =>
    app.delete("/v1/gate_sessions/:id", async (request, response) => response.json(await gate.cancel(request.partner, request.params.id))) },
  "patch-takes-the-status": { rule: "cancel-wrong-method", before: (app, gate) =>
    app.patch("/v1/gate_sessions/:id", (request, response) => {
      const session = gate.find(request.partner, request.params.id);
      Object.assign(session, request.body);
      response.json(gate.shown(session, "retrieve"));
    }) },
  "key-first-of-a-list": { rule: "cancel-malformed-key", gate: { partner(authorization, request) { return correct.partner.call(this, authorization?.split(",")[0], request); } } },
  "key-percent-decoded": { rule: "cancel-malformed-key", gate: { partner(authorization, request) { return correct.partner.call(this, authorization && decodeURIComponent(authorization), request); } } },
  "key-in-base64": { rule: "cancel-malformed-key", gate: {
    partner(authorization, request) {
      const decoded = `Bearer ${Buffer.from((authorization ?? "").slice(7), "base64")}`;
      try { return correct.partner.call(this, authorization, request); } catch { return correct.partner.call(this, decoded, request); }
    },
  } },
  "client-secret-as-key": { rule: "cancel-unknown-key", gate: accepts((authorization, _request, gate) => gate.sessions.some((session) => authorization === `Bearer ${session.secret}`)) },
  "client-secret-in-query-as-key": { rule: "cancel-unknown-key", gate: accepts((_authorization, request, gate) => gate.sessions.some((session) => request?.query.client_secret === session.secret)) },
  "embed-token-is-enough": { rule: "cancel-key-elsewhere", gate: accepts((_authorization, request) => request?.get("x-embed-token")) },
  "trusted-when-forwarded-locally": { rule: "cancel-missing-key", gate: accepts((authorization, request) => !authorization && request?.get("x-forwarded-for")?.startsWith("127.")) },
  "key-remembered-by-connection": { rule: "cancel-missing-key", gate: {
    partner(authorization, request) {
      try { return (request.socket.partner = correct.partner.call(this, authorization, request)); } catch (error) {
        if (request.socket.partner) return request.socket.partner;
        throw error;
      }
    },
  } },
  "partner-by-header": { rule: "cancel-foreign-session", gate: { partner(authorization, request) { const own = correct.partner.call(this, authorization, request); return request.get("x-partner-id") ?? own; } } },
  "partner-by-query": { rule: "cancel-foreign-session", gate: { partner(authorization, request) { const own = correct.partner.call(this, authorization, request); return request.query.partner_id ?? own; } } },

  // Sessions as they are shown.
  "object-session": { rule: "cancel-object", gate: shows(() => ({ object: "session" })) },
  "amount-a-number": { rule: "cancel-field-types", gate: shows(({ amount }) => ({ amount: Number(amount) })) },
  "nulls-left-out": { rule: "cancel-fields-present", gate: {
    shown(session, operation) {
      return Object.fromEntries(Object.entries(correct.shown.call(this, session, operation)).filter(([, value]) => value !== null));
    },
  } },
  "camel-case": { rule: "cancel-fields-present", first: sends((body, _response, json) =>
    json(body.object === "gate_session" ? Object.fromEntries(Object.entries(body).map(([name, value]) => [name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase()), value])) : body)) },
  "wrapped-in-data": { rule: "cancel-fields-present", first: sends((body, response, json) => json(body.status === "cancelled" && response.statusCode === 201 ? { data: body } : body)) },
  "times-in-seconds": { rule: "cancel-field-types", gate: { time: (milliseconds) => Math.floor(milliseconds / 1000) } },
  "times-without-zone": { rule: "cancel-field-types", gate: { time: (milliseconds) => new Date(milliseconds).toISOString().slice(0, -1) } },
  "local-time-as-utc": { rule: "create-time-of-creation", gate: { time: local } },
  "internal-field": { rule: "cancel-undocumented-fields", gate: shows(() => ({ _v: 0 })) },
  "retrieve-shows-secret": { rule: "retrieve-no-client-secret", gate: shows(({ secret }) => ({ client_secret: secret }), ["retrieve"]) },
  "list-shows-secret": { rule: "list-no-client-secret", gate: shows(({ secret }) => ({ client_secret: secret }), ["list"]) },
  "retrieve-is-stale": { rule: "cancel-visible-in-retrieve", gate: {
    retrieve(partner, id) {
      this.cache ??= new Map();
      const name = `${partner} ${id}`;
      if (!this.cache.has(name)) this.cache.set(name, correct.retrieve.call(this, partner, id));
      return this.cache.get(name);
    },
  } },
  "replica-lags": { rule: "cancel-visible-in-retrieve", gate: {
    retrieve(partner, id) {
      const session = this.find(partner, id);
      session.reads = (session.reads ?? 0) + 1;
      return { ...this.shown(session, "retrieve"), ...(session.status === "cancelled" && session.reads % 2 ? { status: "open" } : {}) };
    },
  } },
  "retrieve-expires": { rule: "retrieve-changes-nothing", gate: {
    retrieve(partner, id) {
      const session = this.find(partner, id);
      session.expires += 1000;
      return this.shown(session, "retrieve");
    },
  } },

  // Creating.
  "create-200": { rule: "create-status-201", first: sends((body, response, json) => {
    if (body.client_secret) response.status(200);
    return json(body);
  }) },
  "create-without-secret": { rule: "create-client-secret", gate: { shownOnce(session) { return this.shown(session, "create"); } } },
  "replay-creates": { rule: "create-idempotent-replay", gate: { replayName: () => undefined } },
  "replay-without-secret": { rule: "create-idempotent-replay", gate: {
    async create(partner, body, key) {
      const isReplay = key && this.replays.has(this.replayName(partner, key));
      const response = await correct.create.call(this, partner, body, key);
      return isReplay ? without(response, "client_secret") : response;
    },
  } },
  "keys-shared-by-partners": { rule: "create-key-by-partner", gate: { replayName: (_partner, key) => key } },
  "replays-in-parallel": { rule: "create-parallel-replay", gate: {
    async create(partner, body, key) {
      this.validate(body);
      const name = key && this.replayName(partner, key);
      const before = name && this.replays.get(name);
      if (before) return before.response;
      await pause();
      const response = this.shownOnce(this.put(partner, body));
      if (name) this.replays.set(name, { sent: JSON.stringify(body), response });
      return response;
    },
  } },
  "amounts-rounded": { rule: "create-amount-as-sent", gate: keeps(({ amount }) => ({ amount: Number(amount).toFixed(2) })) },
  "amounts-through-a-float": { rule: "create-amount-as-sent", gate: keeps(({ amount }) => ({ amount: String(Number(amount)) })) },
  "metadata-values-made-text": { rule: "create-metadata-as-sent", gate: keeps(({ metadata }) => ({
    metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, typeof value === "object" ? JSON.stringify(value) : String(value)])),
  })) },
  "metadata-null": { rule: "create-metadata-as-sent", gate: shows(({ metadata }) => (Object.keys(metadata).length ? {} : { metadata: null })) },
  "text-mangled": { rule: "create-text-as-sent", gate: keeps(({ user_reference }) => ({ user_reference: user_reference && Buffer.from(user_reference, "utf8").toString("latin1") })) },
  "text-beyond-ascii-lost": { rule: "create-text-as-sent", gate: keeps(({ user_reference }) => ({ user_reference: user_reference?.replaceAll(/[^\x20-\x7e]/g, "?") ?? null })) },
  "html-escaped": { rule: "create-text-as-sent", gate: keeps(({ user_reference }) => ({ user_reference: user_reference?.replaceAll("&", "&amp;").replaceAll("<", "&lt;") ?? null })) },
  "urls-rewritten": { rule: "create-url-as-sent", gate: keeps(({ return_url }) => ({ return_url: new URL(return_url).href })) },
  "wallet-in-lower-case": { rule: "create-text-as-sent", gate: keeps(({ wallet_address }) => ({ wallet_address: wallet_address?.toLowerCase() ?? null })) },
  "text-cut": { rule: "create-text-as-sent", gate: keeps(({ user_reference }) => ({ user_reference: user_reference?.slice(0, 64) ?? null })) },
  "urls-cut": { rule: "create-url-as-sent", gate: keeps(({ return_url }) => ({ return_url: return_url.slice(0, 255) })) },
  "metadata-cut": { rule: "create-metadata-as-sent", gate: keeps(({ metadata }) => ({
    metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, typeof value === "string" ? value.slice(0, 255) : value])),
  })) },
  "large-amounts-through-a-float": { rule: "create-amount-as-sent", gate: keeps(({ amount }) => ({ amount: Number(amount).toFixed(amount.split(".")[1]?.length ?? 0) })) },
  "body-assigned": { rule: "create-own-fields", gate: keeps((_kept, body) => (body.status ? { status: body.status } : {})) },
  "required-not-checked": { rule: "create-required-fields", gate: { validate() {} } },
  "any-amount": { rule: "create-bad-fields", gate: acceptsAny("amount", "1.00") },
  "any-url": { rule: "create-bad-fields", gate: acceptsAny("return_url", "https://partner.example/") },
  "any-flow": { rule: "create-bad-fields", gate: acceptsAny("flow", "swap") },
  "any-metadata": { rule: "create-bad-fields", gate: acceptsAny("metadata", {}) },
  "bad-field-422": { rule: "create-bad-fields", gate: {
    validate(body) {
      try { correct.validate.call(this, body); } catch (error) { throw new Failure(422, error.message); }
    },
  } },
  "bad-field-500": { rule: "create-bad-fields", gate: {
    validate(body) {
      try { correct.validate.call(this, body); } catch (error) { throw new TypeError(error.message); }
    },
  } },
  "return-url-forgotten": { rule: "create-keeps-what-was-sent", gate: keeps(() => ({ return_url: null })) },
  "metadata-forgotten": { rule: "create-metadata-as-sent", gate: keeps(() => ({ metadata: {} })) },
  "metadata-shared": { rule: "create-metadata-as-sent", gate: keeps(({ metadata }) => ({ metadata: Object.assign(SHARED, metadata) })) },
  "metadata-flattened": { rule: "create-metadata-as-sent", gate: keeps(({ metadata }) => ({
    metadata: Object.fromEntries(Object.entries(metadata).flatMap(([name, value]) =>
      name === "nested" ? Object.entries(value).map(([inner, value]) => [`${name}.${inner}`, value]) : [[name, value]])),
  })) },
  "metadata-without-nulls": { rule: "create-metadata-as-sent", gate: keeps(({ metadata }) => ({
    metadata: Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null)),
  })) },
  "text-trimmed": { rule: "create-text-as-sent", gate: keeps(({ user_reference }) => ({ user_reference: user_reference?.trim() ?? null })) },
  "text-in-lower-case": { rule: "create-text-as-sent", gate: keeps(({ user_reference }) => ({ user_reference: user_reference?.toLowerCase() ?? null })) },
  "text-normalised": { rule: "create-text-as-sent", gate: keeps(({ user_reference }) => ({ user_reference: user_reference?.normalize("NFC") ?? null })) },

  // Lists.
  "list-oldest-first": { rule: "list-order", gate: { owned(partner) { return correct.owned.call(this, partner).reverse(); } } },
  "list-cursor-included": { rule: "list-cursor", gate: {
    after(sessions, cursor) {
      return cursor === undefined ? sessions : sessions.slice(sessions.findIndex((session) => session.id === cursor));
    },
  } },
  "list-limit-ignored": { rule: "list-limit", gate: { limit: () => 10 } },
  "list-filters-the-page": { rule: "list-filter-before-page", gate: {
    list(partner, query) {
      const limit = this.limit(query.limit);
      const status = this.statusFilter(query.status);
      const { data, more } = this.page(this.after(this.owned(partner), query.starting_after), limit);
      return { object: "list", data: this.filtered(data, status).map((session) => this.shown(session, "list")), has_more: more };
    },
  } },
  "list-more-on-a-full-page": { rule: "list-full-last-page", gate: { page: (sessions, limit) => ({ data: sessions.slice(0, limit), more: sessions.length >= limit }) } },
  "list-bad-limit-500": { rule: "list-bad-query", gate: {
    limit(text) {
      const limit = Number(text ?? 10);
      if (!(limit >= 1 && limit <= 100)) throw new RangeError("limit");
      return limit;
    },
  } },
  "list-bad-limit-ignored": { rule: "list-bad-query", gate: { limit: (text) => Math.min(Math.max(Number.parseInt(text ?? "10", 10) || 10, 1), 100) } },
  "list-bad-status-is-empty": { rule: "list-bad-query", gate: { statusFilter: (text) => text } },
  "list-unknown-cursor-is-the-start": { rule: "list-bad-query", gate: {
    after(sessions, cursor) {
      return sessions.slice(sessions.findIndex((session) => session.id === cursor) + 1);
    },
  } },
  "list-shows-secret-by-status": { rule: "list-no-client-secret", gate: {
    ...listsByStatus(function (partner, query) {
      const list = correct.list.call(this, partner, query);
      return { ...list, data: list.data.map((shown) => ({ ...shown, client_secret: this.find(partner, shown.id).secret })) };
    }),
  } },
  "list-filter-forgets-the-partner": { rule: "list-foreign-hidden", gate: {
    filtered(sessions, status) { return correct.filtered(status === "completed" ? this.sessions : sessions, status); },
  } },
  "list-cursor-of-another-partner": { rule: "list-bad-query", gate: {
    after(sessions, cursor) {
      const foreign = cursor !== undefined && this.sessions.find((session) => session.id === cursor && !sessions.includes(session));
      return foreign ? sessions.filter((session) => session.created < foreign.created) : correct.after.call(this, sessions, cursor);
    },
  } },
  "list-limit-ignored-with-a-filter": { rule: "list-limit", gate: listsByStatus(function (partner, query) {
    return correct.list.call(this, partner, { ...query, limit: "100" });
  }) },
  "list-cursor-ignored-with-a-filter": { rule: "list-cursor", gate: listsByStatus(function (partner, query) {
    return correct.list.call(this, partner, { ...query, starting_after: undefined });
  }) },
  "list-more-ignores-the-filter": { rule: "list-filter-before-page", gate: listsByStatus(function (partner, query) {
    return { ...correct.list.call(this, partner, query), has_more: true };
  }) },
  "list-leaves-out-cancelled": { rule: "list-matches-retrieve", gate: {
    filtered(sessions, status) { return status ? correct.filtered(sessions, status) : sessions.filter((session) => session.status !== "cancelled"); },
  } },
  "list-by-id": { rule: "list-order", gate: { owned(partner) { return correct.owned.call(this, partner).sort((one, next) => (one.id < next.id ? 1 : -1)); } } },
  "list-limit-exceeded-by-one": { rule: "list-limit", gate: { page: (sessions, limit) => correct.page(sessions, limit + 1) } },
  "list-limit-not-reached-by-one": { rule: "list-filter-before-page", gate: { page: (sessions, limit) => correct.page(sessions, limit - 1) } },
  "list-empty-404": { rule: "list-cursor", gate: {
    page(sessions, limit) {
      if (!sessions.length) throw new Failure(404, "There are no sessions.");
      return correct.page(sessions, limit);
    },
  } },
  "list-empty-null": { rule: "list-cursor", first: sends((body, _response, json) => json(body.object === "list" && !body.data.length ? { ...body, data: null } : body)) },
  "list-cursor-of-another-partner-500": { rule: "list-bad-query", gate: {
    after(sessions, cursor) {
      if (cursor !== undefined && this.sessions.some((session) => session.id === cursor && !sessions.includes(session))) throw new TypeError("no such row");
      return correct.after(sessions, cursor);
    },
  } },
  "list-total-for-more": { rule: "list-shape", gate: {
    list(partner, query) {
      const { has_more, ...list } = correct.list.call(this, partner, query);
      return { ...list, total: this.owned(partner).length };
    },
  } },

  // Errors.
  "error-nested": { rule: "error-envelope-fields", gate: envelopes((envelope) => ({ error: envelope })) },
  "error-of-the-framework": { rule: "error-envelope-fields", gate: envelopes(({ message, statusCode }) => ({ statusCode, message, error: "Error" })) },
  "error-status-as-text": { rule: "error-envelope-fields", gate: envelopes((envelope) => ({ ...envelope, statusCode: String(envelope.statusCode) })) },
  "error-status-400-for-all": { rule: "error-status-code", gate: envelopes((envelope) => ({ ...envelope, statusCode: 400 })) },
  "error-type-in-capitals": { rule: "error-type", gate: envelopes((envelope) => ({ ...envelope, type: envelope.type.toUpperCase() })) },
  "error-html": { rule: "error-json", first: sends((body, response, json) => (response.statusCode >= 400 ? response.type("html").send(`<h1>${body.message}</h1>`) : json(body))) },
  "error-without-request-id": { rule: "error-request-id-header", first: sends((body, response, json) => {
    if (response.statusCode >= 400) response.removeHeader("X-Request-Id");
    return json(body);
  }) },
  "request-id-constant": { rule: "error-request-id-unique", gate: { requestId: () => "req_test_000000000000" } },
  "request-id-of-another-layer": { rule: "error-request-id-mirrored", gate: envelopes((envelope) => ({ ...envelope, request_id: correct.requestId() })) },
  "conflict-without-code": { rule: "error-code", gate: envelopes((envelope, status) => (status === 409 ? { ...envelope, code: "session_not_open" } : envelope)) },
  "retry-after-in-words": { rule: "error-retry-after", first: sends((body, response, json) => {
    if (response.statusCode === 429) response.set("Retry-After", "soon");
    return json(body);
  }) },
  "throttled-acts": { rule: "error-throttled-changes-nothing", first: (app, gate) =>
    app.post("/v1/gate_sessions/:id/cancel", (request, _response, next) => {
      const session = gate.sessions.find((session) => session.id === request.params.id && session.status === "open");
      if (session && request.get("x-provoke") === "429") session.status = "cancelled";
      next();
    }) },

  // What stands before the server.
  "names-twice": { rule: "response-names-unique", first: sends((body, response) =>
    response.type("json").send(JSON.stringify(body).replace(/^\{"id":("[^"]*"),/, '{"id":$1,"id":$1,'))) },
  "request-id-twice": { rule: "response-one-request-id", first: sends((body, response, json) => {
    response.set("X-Request-Id", [response.get("X-Request-Id"), createHash("sha1").update(response.get("X-Request-Id")).digest("hex").slice(0, 16)]);
    return json(body);
  }) },
  "gzip-unasked": { rule: "cancel-json", first: sends((body, response, json) =>
    body.status === "cancelled" && response.statusCode < 300 ? response.set("Content-Encoding", "gzip").type("json").send(gzipSync(JSON.stringify(body))) : json(body)) },
  "redirects-to-a-slash": { rule: "cancel-status-201", before: (app) =>
    app.post("/v1/gate_sessions/:id/cancel", (request, response, next) => (request.originalUrl.endsWith("/") ? next() : response.redirect(308, `${request.originalUrl}/`))) },
  "login-page": { rule: "cancel-status-201", before: (app) =>
    app.post("/v1/gate_sessions/:id/cancel", (_request, response) => response.redirect(302, "/login")) },
  "success-as-text": { rule: "cancel-json", first: sends((body, response, json) => (response.statusCode < 300 ? response.type("text").send(JSON.stringify(body)) : json(body))) },
  "empty-success": { rule: "cancel-json", first: sends((body, response, json) => (body.status === "cancelled" && response.statusCode === 201 ? response.type("json").end() : json(body))) },
};
