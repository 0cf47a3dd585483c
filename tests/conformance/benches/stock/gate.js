// The API of both Node servers, from the reference alone: sessions in memory and operations, without a framework.
import { randomBytes } from "node:crypto";

const KEYS = { sk_test_stock_partner_000000000000: "507f1f77bcf86cd799439011", sk_test_stock_other_00000000000000: "507f191e810c19729de860ea" };
const STATUSES = ["open", "completed", "expired", "cancelled"];
const FLOWS = ["on_ramp", "off_ramp", "swap"];
const REQUIRED = ["amount", "currency", "return_url"];
const OPTIONAL = ["cancel_url", "flow", "target_token", "target_network", "wallet_address", "user_reference"];
const DAY = 86_400_000;

/** An error of the reference's table: its status, and the `type` that goes with it. */
export class Failure extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * The API without HTTP. Every method is a seam, so that a mistake is one method written otherwise.
 */
export class Gate {
  sessions = [];
  replays = new Map();

  constructor(mistake = {}) {
    Object.assign(this, mistake);
    const [own, other] = Object.values(KEYS);
    const body = { amount: "10.00", currency: "EUR", return_url: "https://partner.example/done" };
    for (const status of STATUSES.slice(1)) this.put(own, body, status, `5eed${status.padEnd(20, "0")}`.slice(0, 24));
    for (const status of STATUSES) this.put(other, body, status, `f0e1${status.padEnd(20, "0")}`.slice(0, 24));
  }

  /** The partner that a header names. */
  partner(authorization, _request) {
    const [, key] = /^Bearer (\S+)$/i.exec(authorization ?? "") ?? [];
    const partner = Object.hasOwn(KEYS, key ?? "") ? KEYS[key] : undefined;
    if (!partner) throw new Failure(401, "The secret key is missing or not valid.");
    return partner;
  }

  requestId() {
    return `req_test_${randomBytes(8).toString("hex")}`;
  }

  newId() {
    return randomBytes(12).toString("hex");
  }

  time(milliseconds) {
    return new Date(milliseconds).toISOString();
  }

  /** What is kept of what was sent. */
  kept(body) {
    return {
      amount: body.amount,
      currency: body.currency,
      return_url: body.return_url,
      ...Object.fromEntries(OPTIONAL.map((name) => [name, body[name] ?? null])),
      metadata: body.metadata ?? {},
    };
  }

  put(partner, body, status = "open", id = this.newId()) {
    const now = Date.now();
    const session = { id, partner, status, created: now, expires: now + DAY, secret: `cs_${randomBytes(16).toString("hex")}`, ...this.kept(body) };
    this.sessions.unshift(session);
    return session;
  }

  find(partner, id) {
    const session = this.sessions.find((session) => session.id === id && session.partner === partner);
    if (!session) throw new Failure(404, "There is no such session.");
    return session;
  }

  /** A session as a response has it. */
  shown(session, _operation) {
    return {
      id: session.id,
      object: "gate_session",
      partner_id: session.partner,
      mode: "test",
      amount: session.amount,
      currency: session.currency,
      return_url: session.return_url,
      cancel_url: session.cancel_url,
      status: session.status,
      expires_at: this.time(session.expires),
      created_at: this.time(session.created),
      flow: session.flow,
      target_token: session.target_token,
      target_network: session.target_network,
      wallet_address: session.wallet_address,
      user_reference: session.user_reference,
      kyc_pre_verified: false,
      metadata: session.metadata,
    };
  }

  shownOnce(session) {
    return { ...this.shown(session, "create"), client_secret: session.secret };
  }

  validate(body) {
    const wrong = (what) => {
      throw new Failure(400, what);
    };
    if (body === null || typeof body !== "object" || Array.isArray(body)) wrong("The body must be a JSON object.");
    for (const name of REQUIRED) if (typeof body[name] !== "string" || !body[name]) wrong(`\`${name}\` is required.`);
    for (const name of OPTIONAL) if (typeof (body[name] ?? "") !== "string") wrong(`\`${name}\` must be a string.`);
    if (!/^\d+(\.\d+)?$/.test(body.amount)) wrong("`amount` must be a decimal number in a string.");
    if (body.flow && !FLOWS.includes(body.flow)) wrong("`flow` must be on_ramp, off_ramp or swap.");
    for (const name of ["return_url", "cancel_url"]) if (body[name] && !URL.canParse(body[name])) wrong(`\`${name}\` must be a URL.`);
    if (typeof (body.metadata ?? {}) !== "object" || Array.isArray(body.metadata)) wrong("`metadata` must be an object.");
  }

  /** Under which name a creation is kept for the next one with the same key. */
  replayName(partner, key) {
    return `${partner} ${key}`;
  }

  conflictingBody() {
    throw new Failure(409, "This Idempotency-Key came with another body before.");
  }

  async create(partner, body, key) {
    this.validate(body);
    const name = key && this.replayName(partner, key);
    const sent = JSON.stringify(body);
    const before = name && this.replays.get(name);
    if (before) return before.sent === sent ? before.response : this.conflictingBody(before);
    const response = this.shownOnce(this.put(partner, body));
    if (name) this.replays.set(name, { sent, response });
    return response;
  }

  retrieve(partner, id) {
    return this.shown(this.find(partner, id), "retrieve");
  }

  limit(text) {
    if (text === undefined) return 10;
    if (!/^\d{1,3}$/.test(text) || Number(text) < 1 || Number(text) > 100) throw new Failure(400, "`limit` must be 1 to 100.");
    return Number(text);
  }

  statusFilter(text) {
    if (text !== undefined && !STATUSES.includes(text)) throw new Failure(400, "`status` is not a status of a session.");
    return text;
  }

  owned(partner) {
    return this.sessions.filter((session) => session.partner === partner);
  }

  after(sessions, cursor) {
    if (cursor === undefined) return sessions;
    const at = sessions.findIndex((session) => session.id === cursor);
    if (at < 0) throw new Failure(400, "`starting_after` is not a session of yours.");
    return sessions.slice(at + 1);
  }

  filtered(sessions, status) {
    return status ? sessions.filter((session) => session.status === status) : sessions;
  }

  page(sessions, limit) {
    return { data: sessions.slice(0, limit), more: sessions.length > limit };
  }

  list(partner, query) {
    const limit = this.limit(query.limit);
    const status = this.statusFilter(query.status);
    const { data, more } = this.page(this.filtered(this.after(this.owned(partner), query.starting_after), status), limit);
    return { object: "list", data: data.map((session) => this.shown(session, "list")), has_more: more };
  }

  /** A terminal session stays as it is. */
  conflict(_session) {
    throw new Failure(409, "Only an open session can be cancelled.");
  }

  mark(session) {
    session.status = "cancelled";
  }

  async cancel(partner, id) {
    const session = this.find(partner, id);
    if (session.status !== "open") return this.conflict(session);
    this.mark(session);
    return this.shown(session, "cancel");
  }

  type(status) {
    const types = { 400: "invalid_request", 401: "unauthorized", 403: "forbidden", 404: "not_found", 409: "conflict", 429: "rate_limited" };
    return types[status] ?? (status < 500 ? "invalid_request" : "server_error");
  }

  envelope(status, message, requestId) {
    const type = this.type(status);
    return { type, code: type, message, request_id: requestId, doc_url: null, statusCode: status };
  }
}
