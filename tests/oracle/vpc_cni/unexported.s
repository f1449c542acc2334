// Its presence lets unexported.go declare functions whose bodies stand elsewhere.
