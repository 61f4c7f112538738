<?php
// Adminer as Debian sets it up, with what its pages refer to beside it.
if (preg_match('~\.(css|js|gif|ico)$~', parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)))
	return false;
include '/etc/adminer/conf.php';
