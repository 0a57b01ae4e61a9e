<?php
/**
 * Writes what bin/lua-run cannot know of a wiki (docs/offline.md), as JSON on stdout. To be run where the wiki
 * runs, from any folder:
 *
 *   MW_INSTALL_PATH=/var/www/mediawiki php export-wiki-data.php [--pages FILE] [--languages de,fr] [--messages] \
 *     > wiki.json
 *
 *   --pages FILE       titles of pages whose text to write, one a line; "-" is stdin; "*" in it is all pages
 *   --languages LIST   codes of languages other than the wiki's that modules use
 *   --messages         all messages of the languages, instead of the few that libraries need themselves
 */

use MediaWiki\MediaWikiServices;
use MediaWiki\Revision\SlotRecord;

$mediaWiki = getenv( 'MW_INSTALL_PATH' );
if ( $mediaWiki === false || !is_file( "$mediaWiki/maintenance/Maintenance.php" ) ) {
	fwrite( STDERR, "MW_INSTALL_PATH names no MediaWiki\n" );
	exit( 64 );
}
require_once "$mediaWiki/maintenance/Maintenance.php";

class ExportWikiData extends Maintenance {
	private const FORMAT_KEYS = [
		'sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday',
		'sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat',
		'january', 'february', 'march', 'april', 'may_long', 'june', 'july', 'august', 'september', 'october',
		'november', 'december',
		'january-gen', 'february-gen', 'march-gen', 'april-gen', 'may-gen', 'june-gen', 'july-gen', 'august-gen',
		'september-gen', 'october-gen', 'november-gen', 'december-gen',
		'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec',
		'and', 'word-separator', 'comma-separator', 'ellipsis', 'blanknamespace', 'formatnum-nan',
		'duration-seconds', 'duration-minutes', 'duration-hours', 'duration-days', 'duration-weeks',
		'duration-years', 'duration-decades', 'duration-centuries', 'duration-millennia',
	];

	public function __construct() {
		parent::__construct();
		$this->addOption( 'pages', 'File of titles, one a line', false, true );
		$this->addOption( 'languages', 'Codes of languages', false, true );
		$this->addOption( 'messages', 'All messages' );
	}

	public function execute() {
		$language = MediaWikiServices::getInstance()->getContentLanguage();
		$complete = [ 'interwikiMap' ];
		if ( $this->hasOption( 'messages' ) ) {
			$complete[] = 'messages';
		}
		$pages = $this->pages( $complete );
		$complete[] = 'categories';
		$codes = array_filter( explode( ',', $this->getOption( 'languages', '' ) ) );
		$languages = [];
		$names = [ '' => Language::fetchLanguageNames( null, 'all' ) ];
		foreach ( [ $language->getCode(), ...$codes ] as $code ) {
			$languages[$code] = $this->language( $code );
			$names[$code] = Language::fetchLanguageNames( $code, 'all' );
		}
		$data = [
			'site' => $this->site( $language ),
			'pages' => (object)$pages,
			// What the wiki's editors say goes before what MediaWiki brings.
			'messages' => $this->messagePages( $language ) + (array)$languages[$language->getCode()]['messages'],
			'languages' => $languages,
			'languageNames' => $names,
			'supportedLanguages' => array_map( 'strval', array_keys( Language::fetchLanguageNames( null, 'mwfile' ) ) ),
			'categories' => (object)$this->categories(),
			'complete' => $complete,
		];
		$this->output( json_encode(
			$data, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE | JSON_THROW_ON_ERROR
		) . "\n" );
	}

	private function site( Language $language ): array {
		$services = MediaWikiServices::getInstance();
		$config = $this->getConfig();
		$info = $services->getNamespaceInfo();
		$namespaces = [];
		$aliases = $config->get( 'NamespaceAliases' ) + $language->getNamespaceAliases();
		$taken = [];
		foreach ( $language->getFormattedNamespaces() as $id => $name ) {
			$taken[strtr( $name, ' ', '_' )] = true;
			$taken[$info->getCanonicalName( $id )] = true;
		}
		foreach ( $language->getFormattedNamespaces() as $id => $name ) {
			$namespaces[] = [
				'id' => $id,
				'name' => $name,
				'canonicalName' => strtr( $info->getCanonicalName( $id ), '_', ' ' ),
				'aliases' => array_values( array_filter(
					array_map( 'strval', array_keys( $aliases, $id, true ) ),
					static function ( $alias ) use ( $taken ) {
						return !isset( $taken[$alias] );
					}
				) ),
				'hasSubpages' => $info->hasSubpages( $id ),
				'hasGenderDistinction' => $info->hasGenderDistinction( $id ),
				'isCapitalized' => $info->isCapitalized( $id ),
				'isContent' => $info->isContent( $id ),
				'isIncludable' => !$info->isNonincludable( $id ),
				'isMovable' => $info->isMovable( $id ),
				'defaultContentModel' => (string)$info->getNamespaceContentModel( $id ),
			];
		}
		$counts = [];
		foreach ( $info->getValidNamespaces() as $id ) {
			$counts[$id] = (int)SiteStats::pagesInNs( $id );
		}
		$groups = [];
		foreach ( $services->getUserGroupManager()->listAllGroups() as $group ) {
			$groups[$group] = (int)SiteStats::numberingroup( $group );
		}
		$local = $config->get( 'LocalInterwikis' );
		$interwikis = [];
		foreach ( $services->getInterwikiLookup()->getAllPrefixes() as $row ) {
			$interwikis[] = [
				'prefix' => $row['iw_prefix'],
				'url' => $row['iw_url'],
				'isLocal' => ( $row['iw_local'] ?? '0' ) == '1',
				'isTranscludable' => ( $row['iw_trans'] ?? '0' ) == '1',
				'isCurrentWiki' => in_array( $row['iw_prefix'], $local ),
				'isExtraLanguageLink' => in_array( $row['iw_prefix'], $config->get( 'ExtraInterlanguageLinkPrefixes' ) ),
			];
		}
		return [
			'siteName' => $config->get( 'Sitename' ),
			'server' => $config->get( 'Server' ),
			'canonicalServer' => $config->get( 'CanonicalServer' ),
			'scriptPath' => $config->get( 'ScriptPath' ),
			'stylePath' => $config->get( 'StylePath' ),
			'articlePath' => $config->get( 'ArticlePath' ),
			'script' => $config->get( 'Script' ),
			'currentVersion' => SpecialVersion::getVersion( '', $language ),
			'language' => $language->getCode(),
			'mainPage' => Title::newMainPage()->getPrefixedText(),
			'timeZone' => $config->get( 'Localtimezone' ) ?? 'UTC',
			'stats' => [
				'pages' => (int)SiteStats::pages(),
				'articles' => (int)SiteStats::articles(),
				'files' => (int)SiteStats::images(),
				'edits' => (int)SiteStats::edits(),
				'users' => (int)SiteStats::users(),
				'activeUsers' => (int)SiteStats::activeUsers(),
				'admins' => (int)SiteStats::numberingroup( 'sysop' ),
			],
			'pagesInNamespace' => (object)$counts,
			'usersInGroup' => (object)$groups,
			'namespaces' => $namespaces,
			'interwikiMap' => $interwikis,
			'urlProtocols' => $config->get( 'UrlProtocols' ),
			'maxArticleSize' => $config->get( 'MaxArticleSize' ),
		];
	}

	private function language( string $code ): array {
		$language = MediaWikiServices::getInstance()->getLanguageFactory()->getLanguage( $code );
		$messages = $language->getAllMessages();
		if ( !$this->hasOption( 'messages' ) ) {
			$messages = array_intersect_key( $messages, array_fill_keys( self::FORMAT_KEYS, true ) );
		}
		return [
			'rtl' => $language->isRTL(),
			'fallbacks' => Language::getFallbacksFor( $code ),
			'digitTransformTable' => $language->digitTransformTable() ?: null,
			'separatorTransformTable' => $language->separatorTransformTable() ?: null,
			'minimumGroupingDigits' => $language->minimumGroupingDigits() ?? 0,
			'digitGroupingPattern' => $language->digitGroupingPattern(),
			'pluralRules' => array_values( $language->getPluralRules() ),
			'grammar' => (object)$language->getGrammarTransformations(),
			'messages' => (object)$messages,
		];
	}

	private function categories(): array {
		$rows = $this->getDB( DB_REPLICA )->select(
			'category', [ 'cat_title', 'cat_pages', 'cat_subcats', 'cat_files' ], [], __METHOD__
		);
		$categories = [];
		foreach ( $rows as $row ) {
			$categories[strtr( $row->cat_title, '_', ' ' )] = [
				'all' => (int)$row->cat_pages,
				'subcats' => (int)$row->cat_subcats,
				'files' => (int)$row->cat_files,
				'pages' => $row->cat_pages - $row->cat_subcats - $row->cat_files,
			];
		}
		return $categories;
	}

	/** Messages of the wiki's language that have a page. */
	private function messagePages( Language $language ): array {
		$messages = [];
		foreach ( $this->titlesIn( [ NS_MEDIAWIKI ] ) as $title ) {
			$messages[$language->lcfirst( $title->getDBkey() )] = $this->text( $title );
		}
		return $messages;
	}

	/** @return Title[] */
	private function titlesIn( ?array $namespaces ): array {
		$rows = $this->getDB( DB_REPLICA )->select(
			'page', [ 'page_namespace', 'page_title' ],
			$namespaces === null ? [] : [ 'page_namespace' => $namespaces ],
			__METHOD__, [ 'ORDER BY' => 'page_namespace, page_title' ]
		);
		$titles = [];
		foreach ( $rows as $row ) {
			$titles[] = Title::makeTitle( (int)$row->page_namespace, $row->page_title );
		}
		return $titles;
	}

	private function text( Title $title ): ?string {
		$revision = MediaWikiServices::getInstance()->getRevisionLookup()->getRevisionByTitle( $title );
		$content = $revision ? $revision->getContent( SlotRecord::MAIN ) : null;
		return $content ? $content->serialize() : null;
	}

	private function pages( array &$complete ): array {
		$file = $this->getOption( 'pages' );
		if ( $file === null ) {
			return [];
		}
		$titles = [];
		foreach ( file( $file === '-' ? 'php://stdin' : $file, FILE_IGNORE_NEW_LINES | FILE_SKIP_EMPTY_LINES ) as $line ) {
			if ( trim( $line ) === '*' ) {
				$titles = array_merge( $titles, $this->titlesIn( null ) );
				$complete[] = 'pages';
			} else {
				$titles[] = Title::newFromText( $line );
			}
		}
		$pages = [];
		$restrictions = MediaWikiServices::getInstance()->getRestrictionStore();
		foreach ( array_filter( $titles ) as $title ) {
			$pages[$title->getPrefixedText()] = $title->exists() ? [
				'text' => $this->text( $title ),
				'id' => $title->getArticleID(),
				'contentModel' => $title->getContentModel(),
				'protection' => (object)$restrictions->getAllRestrictions( $title ),
			] : null;
		}
		return $pages;
	}
}

$maintClass = ExportWikiData::class;
require_once RUN_MAINTENANCE_IF_MAIN;
