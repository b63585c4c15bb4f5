export const handler = async (e) => ({ esm: true, ...e });
