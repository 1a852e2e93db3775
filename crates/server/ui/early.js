// Sets the theme before anything is drawn. The only script that is not a module: modules run after the first paint.
(() => {
  const stored = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };
  const root = document.documentElement;
  const theme = stored("watchme-theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  const language = stored("watchme-language");
  if (language === "ja" || language === "en") root.lang = language;
})();
