async function connectBank(options, show) {
  const { token } = await ask('/shop/connect', options);
  return Gesher.open({
    token,
    mode: options.mode,
    container: options.container,
    onEvent: (message) => show.message(message),
    onSuccess: ({ public_token }) =>
      show.accounts(ask('/shop/exchange', { public_token })),
    onExit: ({ reason }) => show.exit(reason),
  });
}
