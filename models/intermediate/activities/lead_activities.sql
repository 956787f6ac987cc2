{{ config(materialized='view') }}

select * from {{ ref('observed_activities') }}
union all
select * from {{ ref('session_activities') }}
union all
select * from {{ ref('inactivities') }}
