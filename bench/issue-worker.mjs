// A worker of the backlog: records in, images out. Portraits come from a fixed pool, so that a job is small.
import { serveJobs } from "../dist/adapters/worker-pool.js";
import { emrtd } from "../dist/index.js";
import { issueImage } from "../dist/perso.js";
import { memorySigner, parseCertificate, parsePkcs8 } from "../dist/pki.js";

serveJobs(({ pkcs8, certificate, at, portraits }) => {
  const documentSigner = {
    signer: memorySigner(parsePkcs8(pkcs8), { curveParameters: "named" }),
    certificate: parseCertificate(certificate),
  };
  const options = { profile: emrtd, documentSigner, at };
  return ({ portrait, ...record }) => {
    const { image } = issueImage({ ...record, portrait: portraits[portrait] }, options);
    return image.applications[0].files.map(({ content }) => content);
  };
});
